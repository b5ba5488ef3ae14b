/** Both generations serve. Whatever goes wrong now still costs nothing but the new one. */
import { stay, type Step, type Turn } from '../step.ts';
import type { ProcessInfo } from '../../model/process.ts';
import type { In } from '../life.ts';
import { pauseMs } from '../enter.ts';
import {
  atPost,
  condemned,
  frozenFor,
  isInPlace,
  needed,
  newWorkers,
  observe,
  oldWorkers,
  wanting,
} from './generation.ts';
import {
  askProof,
  keepPhase,
  lookNow,
  lookSoon,
  planOf,
  proofTimes,
  stepLater,
  toPhase,
  type PhaseFunction,
} from './phase.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import type { InPhase } from './state.ts';

/** All of the new generation is there, and has answered. */
export function soak(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'proving'> | InPhase<'handing-over'>,
): Step {
  const { expected, fresh, old } = reload;
  const until = turn.stamp.at + turn.spec.reload.soakMs;
  return toPhase(turn, instance, { ...planOf(reload), phase: 'soaking', expected, fresh, old, until, step: 'holding' });
}

export const soaking: PhaseFunction<'soaking'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'probed':
      if (event.purpose !== 'proof' || !isAsking(reload)) return stay(instance);
      switch (event.verdict.kind) {
        case 'passed':
          return reload.step === 'asking-last' ? retire(turn, instance, reload) : holdOn(turn, instance, reload);
        case 'refused':
          return rollBack(turn, instance, reload, {
            why: `the new generation ${event.verdict.problem}`,
            ...{ step: 'killing', mayPass: false },
          });
        case 'silent':
          // It proves itself anew, or runs into the deadline.
          return proveAgain(turn, instance, reload, `it fell silent: ${event.verdict.problem}`);
      }
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'step' || reload.step !== 'holding') return stay(instance);
      // Who is to be frozen is read from a look of this very moment, not from the one before.
      return keepPhase(instance, { ...reload, step: 'due' }, lookNow(instance));
    case 'process-gone':
      return masterGone(turn, instance, reload, event);
    case 'main-succeeded':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

const isAsking = ({ step }: InPhase<'soaking'>): boolean => step === 'asking' || step === 'asking-last';

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'soaking'>,
  processes: readonly ProcessInfo[],
): Step {
  if (atPost(processes, reload.fresh.master) === undefined)
    return keepPhase(instance, reload, lookSoon(turn, instance));
  const fresh = observe(turn, processes, reload);
  const next = { ...reload, fresh, old: oldWorkers(turn, instance, processes, reload) };
  const why = condemned(turn, fresh);
  if (why !== undefined) return rollBack(turn, instance, next, { why, step: gentlest(fresh), mayPass: false });
  const lacks = wanting(turn, reload, newWorkers(turn, processes, reload), needed(turn, reload, reload.expected));
  if (lacks !== '') return proveAgain(turn, instance, next, lacks);
  if (reload.step === 'due') return nextProof(turn, instance, next);
  return keepPhase(instance, next, lookSoon(turn, instance));
}

function nextProof(turn: Turn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step {
  const isLast = turn.stamp.at >= reload.until;
  // Without a soak the proof was given a moment ago.
  if (turn.spec.reload.soakMs === 0) return retire(turn, instance, reload);
  // Always with the old workers standing still: they may have been answering wrongly all along.
  const times = isLast ? proofTimes : 1;
  const proof = askProof(turn, instance, reload.fresh.master, times, frozenFor(reload));
  const step = isLast ? 'asking-last' : 'asking';
  return keepPhase(instance, { ...reload, step }, proof, lookSoon(turn, instance));
}

const holdOn = (turn: Turn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step =>
  keepPhase(
    instance,
    { ...reload, step: 'holding' },
    stepLater(turn, instance, Math.min(reload.until, turn.stamp.at + pauseMs)),
    lookSoon(turn, instance),
  );

function proveAgain(turn: Turn, instance: In<'reloading'>, reload: InPhase<'soaking'>, lacks: string): Step {
  const { expected, fresh, old } = reload;
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'proving', expected, fresh, old, step: 'pausing', wanting: lacks },
  });
}

function retire(turn: Turn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step {
  const { fresh } = reload;
  const killAt = turn.stamp.at + turn.spec.reload.drainMs;
  // Under the same master the old workers have been told already.
  const step = isInPlace(reload) ? 'sweeping' : 'quitting';
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'retiring', fresh, old: frozenFor(reload), killAt, step, why: 'the new generation proved itself' },
  });
}
