/** The new generation goes; what is left of the old one is for `restoring.ts`. */
import type { InstanceEffect } from '../../model/effect.ts';
import type { InstanceEvent } from '../../model/event.ts';
import { describeOutcome } from '../../model/outcome.ts';
import { isSameProcess, type ProcessInfo } from '../../model/process.ts';
import { gentleStop, rollbackQuitMs, signal } from '../enter.ts';
import type { In } from '../life.ts';
import { orSame, stay, type Step, type Turn } from '../step.ts';
import { isInPlace } from './generation.ts';
import { giveIn as giveInInPlace } from './giving-in.ts';
import { keepPhase, lookNow, lookSoon, planOf, stepLater, toPhase, type PhaseFunction } from './phase.ts';
import { letGo } from './narrowing.ts';
import { giveIn, restore, restoring } from './restoring.ts';
import { membersOf, orSameList, reference } from './roles.ts';
import type { Fresh, InPhase } from './state.ts';

type Doubtful = InPhase<'proving'> | InPhase<'handing-over'> | InPhase<'soaking'>;

interface Verdict {
  readonly why: string;
  /** `killing` cuts the new generation off at once: it answers wrongly, and each answer hurts. */
  readonly step: 'quitting' | 'killing';
  /** Whether what went wrong may go right another time. */
  readonly mayPass: boolean;
}

/** Begins the way back, where there is one. */
export function rollBack(
  turn: Turn,
  instance: In<'reloading'>,
  reload: Doubtful,
  verdict: Verdict,
  ...first: readonly InstanceEffect[]
): Step {
  if (isInPlace(reload)) return giveInInPlace(turn, instance, reload, verdict.why, verdict.mayPass);
  const { expected, fresh } = reload;
  const stepUntil = turn.stamp.at + rollbackQuitMs;
  const next = { phase: 'rolling-back', expected, fresh, ...verdict, stepUntil, exposureMs: 0 } as const;
  return toPhase(turn, instance, { ...planOf(reload), ...next }, ...first, ...letGo(reload.handover));
}

/** One that may be serving finishes what it has begun; one that never could is cut off, for it may not hear anything else. */
export const gentlest = ({ readyAt }: Fresh): 'quitting' | 'killing' =>
  readyAt === undefined ? 'killing' : 'quitting';

/** The new master ended by itself: what it left behind goes too, and finishes its requests where it may have any. */
export function masterGone(
  turn: Turn,
  instance: In<'reloading'>,
  reload: Doubtful,
  { process, outcome }: Extract<InstanceEvent, { kind: 'process-gone' }>,
): Step {
  const { fresh } = reload;
  // The only master is the main process, and its end is news of its own.
  if (!isSameProcess(process, fresh.master) || isInPlace(reload)) return stay(instance);
  const gracefulStop = gentleStop(turn.spec);
  const told = fresh.readyAt === undefined ? [] : fresh.workers.map((worker) => signal(worker, gracefulStop));
  const how = outcome === undefined ? 'has ended' : describeOutcome(outcome);
  const why = `the new master ${how}: its own log says why`;
  return rollBack(turn, instance, reload, { why, step: gentlest(fresh), mayPass: false }, ...told);
}

export const rollingBack: PhaseFunction<'rolling-back'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'step' || turn.stamp.at < reload.stepUntil) return stay(instance);
      return stepOver(turn, instance, reload);
    case 'process-gone':
    case 'main-succeeded':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'rolling-back'>,
  processes: readonly ProcessInfo[],
): Step {
  if (reload.step === 'restoring' || reload.step === 'yielding') return restoring(turn, instance, reload, processes);
  const left = membersOf(processes, reload.fresh);
  const workers = left.filter((one) => !isSameProcess(one, reload.fresh.master)).map(reference);
  const fresh = orSame(reload.fresh, { ...reload.fresh, workers: orSameList(reload.fresh.workers, workers) });
  if (left.length > 0) {
    const cut = reload.step === 'killing' ? left.map((process) => signal(process, 'SIGKILL')) : [];
    return keepPhase(instance, { ...reload, fresh }, ...cut, lookSoon(turn, instance));
  }
  return restore(turn, instance, reload, fresh);
}

function stepOver(turn: Turn, instance: In<'reloading'>, reload: InPhase<'rolling-back'>): Step {
  switch (reload.step) {
    case 'quitting':
      return toPhase(turn, instance, { ...reload, step: 'killing', stepUntil: turn.stamp.at + rollbackQuitMs });
    case 'killing':
      return keepPhase(instance, reload, stepLater(turn, instance));
    case 'restoring':
    case 'yielding':
      return giveIn(turn, instance, reload);
  }
}
