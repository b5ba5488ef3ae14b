/** The new generation boots beside the old one, and must answer while the old workers stand still. */
import type { ProcessInfo } from '../../model/process.ts';
import { stay, type Step } from '../step.ts';
import type { In } from '../life.ts';
import {
  askProof,
  condemned,
  keepPhase,
  lookNow,
  lookSoon,
  planOf,
  stepLater,
  toPhase,
  wanting,
  type PhaseFunction,
  type ReloadTurn,
} from './phase.ts';
import { followWorkers, observe, reference, workersOf } from './roles.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import type { InPhase, Plan } from './state.ts';

/** A new master was found: from here on it is watched. */
export function beginProof(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  plan: Plan,
  expected: number,
  master: ProcessInfo,
): Step {
  return toPhase(turn, instance, {
    ...planOf(plan),
    phase: 'proving',
    expected,
    fresh: {
      master: reference(master),
      image: master.image,
      startedAt: turn.stamp.wall,
      workers: [],
      deaths: 0,
      wasReady: false,
    },
    old: [],
    step: 'booting',
    wanting: 'no worker runs',
  });
}

export const proving: PhaseFunction<'proving'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'probed':
      if (event.purpose !== 'proof' || reload.step !== 'asking') return stay(instance);
      switch (event.verdict.kind) {
        case 'passed':
          return soak(turn, instance, reload);
        case 'refused':
          return rollBack(turn, instance, reload, `the new generation ${event.verdict.problem}`, 'killing');
        case 'silent':
          return keepPhase(
            instance,
            { ...reload, step: 'pausing', wanting: `it was silent: ${event.verdict.problem}` },
            stepLater(turn, instance),
          );
      }
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer === 'step' && reload.step === 'pausing')
        return keepPhase(instance, { ...reload, step: 'booting' });
      if (event.timer !== 'deadline') return stay(instance);
      return rollBack(turn, instance, reload, `it was not proven in time: ${reload.wanting}`, gentlest(reload.fresh));
    case 'process-gone':
      return masterGone(turn, instance, reload, event.process);
    case 'main-succeeded':
    case 'prepared':
      return stay(instance);
  }
};

function looked(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: InPhase<'proving'>,
  processes: readonly ProcessInfo[],
): Step {
  const fresh = observe(turn.server, processes, reload.fresh);
  const old = followWorkers(turn.server, processes, instance.life.serving.main, reload.old);
  const reason = condemned(fresh);
  if (reason !== undefined) return rollBack(turn, instance, { ...reload, fresh }, reason, gentlest(fresh));
  const again = lookSoon(turn, instance);
  if (reload.step !== 'booting') return keepPhase(instance, { ...reload, fresh, old }, again);
  const lacks = wanting(turn.server, workersOf(turn.server, processes, fresh.master), reload.expected);
  if (lacks !== '') return keepPhase(instance, { ...reload, fresh, old, wanting: lacks }, again);
  const proof = askProof(turn, instance, proofTimes, old);
  if (proof.length === 0) return soak(turn, instance, { ...reload, fresh, old });
  return keepPhase(instance, { ...reload, fresh, old, step: 'asking' }, ...proof, again);
}

/** So many answers in a row: one could be luck, and each costs the old workers some milliseconds. */
export const proofTimes = 2;

function soak(turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'proving'>): Step {
  const { expected, fresh, old } = reload;
  const until = turn.stamp.at + turn.spec.reload.soakMs;
  return toPhase(turn, instance, { ...planOf(reload), phase: 'soaking', expected, fresh, old, until, step: 'holding' });
}
