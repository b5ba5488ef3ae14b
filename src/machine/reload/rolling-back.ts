/** The new generation goes, and the old one, from which nothing was taken, is seen to be complete. */
import type { InstanceEffect } from '../../model/effect.ts';
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../../model/process.ts';
import { rollbackQuitMs, signal } from '../enter.ts';
import type { In } from '../life.ts';
import { orSame, stay, type Step } from '../step.ts';
import { keepOld } from './end.ts';
import {
  keepPhase,
  lookNow,
  lookSoon,
  planOf,
  stepLater,
  toPhase,
  type PhaseFunction,
  type ReloadTurn,
} from './phase.ts';
import { membersOf, orSameList, reference, workersOf } from './roles.ts';
import type { Fresh, InPhase } from './state.ts';

/** How long the old generation may take to be complete again before that is reported as it is. */
const restoreMs = 10_000;

type Doubtful = InPhase<'proving'> | InPhase<'soaking'>;

/** Begins the way back. `killing` cuts the new generation off at once: it answers wrongly, and each answer hurts. */
export function rollBack(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: Doubtful,
  why: string,
  step: 'quitting' | 'killing',
  ...first: readonly InstanceEffect[]
): Step {
  const { expected, fresh } = reload;
  const stepUntil = turn.stamp.at + rollbackQuitMs;
  const next = { phase: 'rolling-back', from: reload.phase, expected, fresh, why, step, stepUntil } as const;
  return toPhase(turn, instance, { ...planOf(reload), ...next }, ...first);
}

/** One that may be serving finishes what it has begun; one that never could is cut off, for it may not hear anything else. */
export const gentlest = ({ wasReady }: Fresh): 'quitting' | 'killing' => (wasReady ? 'quitting' : 'killing');

/** The new master ended by itself: what it left behind goes too, and finishes its requests where it may have any. */
export function masterGone(turn: ReloadTurn, instance: In<'reloading'>, reload: Doubtful, process: ProcessRef): Step {
  const { fresh } = reload;
  if (!isSameProcess(process, fresh.master)) return stay(instance);
  const { gracefulStop } = turn.profile.signals;
  const told = fresh.wasReady ? fresh.workers.map((worker) => signal(worker, gracefulStop)) : [];
  return rollBack(turn, instance, reload, 'the new master has ended: its own log says why', gentlest(fresh), ...told);
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
      return stay(instance);
  }
};

function looked(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: InPhase<'rolling-back'>,
  processes: readonly ProcessInfo[],
): Step {
  const again = lookSoon(turn, instance);
  if (reload.step === 'restoring') {
    const workers = workersOf(turn.server, processes, instance.life.serving.main).length;
    return workers >= reload.expected ? finish(turn, instance, reload, '') : keepPhase(instance, reload, again);
  }
  const left = membersOf(processes, reload.fresh);
  const workers = left.filter((one) => !isSameProcess(one, reload.fresh.master)).map(reference);
  const fresh = orSame(reload.fresh, { ...reload.fresh, workers: orSameList(reload.fresh.workers, workers) });
  if (left.length > 0) {
    const cut = reload.step === 'killing' ? left.map((process) => signal(process, 'SIGKILL')) : [];
    return keepPhase(instance, { ...reload, fresh }, ...cut, again);
  }
  const stepUntil = turn.stamp.at + restoreMs;
  return toPhase(turn, instance, { ...reload, fresh, step: 'restoring', stepUntil });
}

function stepOver(turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'rolling-back'>): Step {
  switch (reload.step) {
    case 'quitting':
      return toPhase(turn, instance, { ...reload, step: 'killing', stepUntil: turn.stamp.at + rollbackQuitMs });
    case 'killing':
      return keepPhase(instance, reload, stepLater(turn, instance));
    case 'restoring':
      return finish(turn, instance, reload, '; the old generation has fewer workers than before');
  }
}

const finish = (turn: ReloadTurn, instance: In<'reloading'>, reload: InPhase<'rolling-back'>, note: string): Step =>
  keepOld(turn, instance, `${reload.why}${note}`, reload.from);
