/** The real world as hands: this machine's processes, files and clocks. */
import { createJournal } from '../effects/journal.ts';
import { busyWorkers } from '../effects/activity.ts';
import { monotonicNow } from '../effects/clock.ts';
import { openInitChannel } from '../effects/init-channel.ts';
import { processesBelow, readProcess } from '../effects/proc.ts';
import { createOutputSink } from '../effects/output-sink.ts';
import { outputPipeOf, shimSocketOf, trialOutputPipeOf, trialSocketOf } from '../effects/run-dir.ts';
import { watchRevision } from '../effects/revision-watch.ts';
import { usageOf } from '../effects/usage.ts';
import { instanceId } from '../model/identity.ts';
import type { Signal } from '../model/signal.ts';
import type { Orphans } from '../model/spec.ts';
import { forInstance } from '../model/spec-instance.ts';
import type { Hands, InitHand } from './hands.ts';
import { ShimHand } from './instance-hand.ts';
import { RecentOutput } from './recent-output.ts';
import { openRollout } from './rollout-hand.ts';
import { endStrays } from './strays.ts';

const stdoutDescriptor = 1;

export interface Place {
  readonly runDir: string;
  readonly ppidshim: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly orphans: Orphans;
}

/** `onSignal` is told of every signal that init was sent, from the beginning on. */
export function processHands({ runDir, ppidshim, env, orphans }: Place, onSignal: (signal: Signal) => void): Hands {
  const journal = createJournal(runDir);
  const sink = createOutputSink(stdoutDescriptor);
  return {
    now: monotonicNow,
    chance: Math.random,
    openInstance: (spec, number, report) => {
      const id = instanceId(spec.name, number);
      const [socket, trialSocket] = [shimSocketOf(runDir, id), trialSocketOf(runDir, id)];
      const name = spec.instances === 1 ? spec.name : id;
      const source = { service: spec.name, instance: number, name };
      const through = { sink, recent: new RecentOutput() };
      const output = { ...through, path: outputPipeOf(runDir, id), source: { ...source, isTrial: false } };
      const trialOutput = { ...through, path: trialOutputPipeOf(runDir, id), source: { ...source, isTrial: true } };
      const shimPlace = { ppidshim, socket, trialSocket, output, trialOutput, env, orphans };
      return new ShimHand(forInstance(spec, number), name, shimPlace, report);
    },
    endStrays: (configured, notice) => endStrays(runDir, configured, notice),
    watchRevision,
    openRollout,
    journal,
    processesBelow: ({ pid }) => processesBelow(pid),
    usageOf,
    busyWorkers,
    init: openInit(env, onSignal),
  };
}

function openInit(env: Place['env'], onSignal: (signal: Signal) => void): InitHand | undefined {
  const channel = openInitChannel(env, onSignal);
  const parent = channel === undefined ? undefined : readProcess(process.ppid);
  if (channel === undefined || parent === undefined) return undefined;
  return { ...channel, process: parent };
}
