/** Both generations serve. Whatever goes wrong now still costs nothing but the new one. */
import { stay, type Step } from '../step.ts';
import type { ProcessInfo } from '../../model/process.ts';
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
import { pauseMs } from '../enter.ts';
import { proofTimes } from './proving.ts';
import { followWorkers, observe, workersOf } from './roles.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import type { InPhase } from './state.ts';

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
          return rollBack(turn, instance, reload, `the new generation ${event.verdict.problem}`, 'killing');
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
      return masterGone(turn, instance, reload, event.process);
    case 'main-succeeded':
    case 'prepared':
      return stay(instance);
  }
};

const isAsking = ({ step }: InPhase<'soaking'>): boolean => step === 'asking' || step === 'asking-last';

function looked(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: InPhase<'soaking'>,
  processes: readonly ProcessInfo[],
): Step {
  const fresh = observe(turn.server, processes, reload.fresh);
  const old = followWorkers(turn.server, processes, instance.life.serving.main, reload.old);
  const next = { ...reload, fresh, old };
  const reason = condemned(fresh);
  if (reason !== undefined) return rollBack(turn, instance, next, reason, gentlest(fresh));
  const lacks = wanting(turn.server, workersOf(turn.server, processes, fresh.master), reload.expected);
  if (lacks !== '') return proveAgain(turn, instance, next, lacks);
  if (reload.step === 'due') return nextProof(turn, instance, next);
  return keepPhase(instance, next, lookSoon(turn, instance));
}

function nextProof(turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step {
  const isLast = turn.stamp.at >= reload.until;
  // Always with the old workers standing still: they may have been answering wrongly all along.
  const proof = askProof(turn, instance, isLast ? proofTimes : 1, reload.old);
  const step = isLast ? 'asking-last' : 'asking';
  if (proof.length > 0) return keepPhase(instance, { ...reload, step }, ...proof, lookSoon(turn, instance));
  return isLast ? retire(turn, instance, reload) : holdOn(turn, instance, reload);
}

const holdOn = (turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step =>
  keepPhase(
    instance,
    { ...reload, step: 'holding' },
    stepLater(turn, instance, Math.min(reload.until, turn.stamp.at + pauseMs)),
    lookSoon(turn, instance),
  );

function proveAgain(turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'soaking'>, lacks: string): Step {
  const { expected, fresh, old } = reload;
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'proving', expected, fresh, old, step: 'pausing', wanting: lacks },
  });
}

function retire(turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'soaking'>): Step {
  const { fresh, old } = reload;
  const killAt = turn.stamp.at + turn.spec.reload.drainMs;
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'retiring', fresh, old, killAt, step: 'quitting', why: 'the new generation proved itself' },
  });
}
