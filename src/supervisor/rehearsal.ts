/** The rehearsal of a supervisor: it finds what runs and decides what to do, as it would in earnest, and does nothing. */
import { monotonicNow } from '../effects/clock.ts';
import { readJournal } from '../effects/journal.ts';
import { watchRevision } from '../effects/revision-watch.ts';
import { shimSocketOf } from '../effects/run-dir.ts';
import { instanceId } from '../model/identity.ts';
import type { Config } from '../model/spec.ts';
import { Engine } from './engine.ts';
import type { Hands, InstanceHand, Report } from './hands.ts';
import { Leftover } from './leftover.ts';
import { ShimLink } from './shim-link.ts';
import { EngineSupervisor } from './supervisor.ts';

/**
 * Takes over in appearance: reads the journal, meets every shim, and works out where each instance stands. The supervisor
 * that runs does not notice. Resolves with what was in the way, in one clause; empty when nothing was.
 */
export async function rehearse(config: Config, runDir: string): Promise<string> {
  const problems: string[] = [];
  const supervisor = new EngineSupervisor(new Engine(config), () => tiedHands(runDir), {
    hasTerminal: false,
    version: '',
  });
  supervisor.on('notice', ({ message, facts }) => {
    if (standsInTheWay.has(message)) problems.push(`${message}: ${facts['problem'] ?? ''}`);
  });
  await supervisor.start();
  await supervisor.release();
  return problems.join('; ');
}

/** With these the services would go on, but not as they were: what was begun and what was counted would be forgotten. */
const standsInTheWay: ReadonlySet<string> = new Set([
  'cannot use the journal',
  'the journal is lost',
  'a shim cannot be met',
]);

function tiedHands(runDir: string): Hands {
  return {
    now: monotonicNow,
    chance: () => 0,
    endStrays: () => Promise.resolve(),
    openInstance: (spec, number, report) => tiedHand(shimSocketOf(runDir, instanceId(spec.name, number)), report),
    watchRevision,
    openRollout: () => ({ perform: () => undefined, close: () => undefined }),
    journal: { read: () => readJournal(runDir), write: () => ({ ok: true }) },
    processesBelow: () => [],
    usageOf: () => Promise.resolve(new Map()),
    busyWorkers: () => undefined,
    init: undefined,
  };
}

/** It looks for the shim, or for what one has left, and that is all it can do. */
function tiedHand(socket: string, report: Report): InstanceHand {
  const leftover = new Leftover(socket, report);
  const link = new ShimLink(socket, report, () => undefined);
  return {
    perform(effect) {
      if (effect.kind !== 'find-shim') return;
      void link.connect().then((isThere) => {
        if (!isThere) report.fact({ kind: 'shim-absent', left: leftover.find(effect.known) });
      });
    },
    recentOutput: () => [],
    outputWaitingSince: () => undefined,
    close: () => link.close(),
  };
}
