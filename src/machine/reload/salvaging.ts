/** The old master ended by itself while the new one was on its way: the new one is all there is, so it gets its chance. */
import type { ExitOutcome } from '../../model/outcome.ts';
import { isSameProcess, type ProcessInfo } from '../../model/process.ts';
import { signal, to } from '../enter.ts';
import type { In } from '../life.ts';
import { stay, type Step, type Turn } from '../step.ts';
import { clear } from '../stopping.ts';
import { closeReload, promote } from './end.ts';
import { newWorkers, observe, stillAlive, wanting } from './generation.ts';
import { askProof, keepPhase, lookNow, lookSoon, planOf, stepLater, toPhase, type PhaseFunction } from './phase.ts';
import { letGo } from './narrowing.ts';
import { mayTell } from './restoring.ts';
import { sweepMs } from './retiring.ts';
import type { InPhase } from './state.ts';

/** The main process has ended. With a new master in sight it is the heir; otherwise one is searched for. */
export function salvage(turn: Turn, instance: In<'reloading'>, outcome: ExitOutcome, why: string): Step {
  const { shim, serving, reload } = instance.life;
  if (reload.phase === 'proving' || reload.phase === 'handing-over' || reload.phase === 'soaking') {
    const salvaged = {
      ...planOf(reload),
      phase: 'salvaging',
      fresh: reload.fresh,
      old: reload.old,
      step: 'booting',
      // It may have been told a moment ago.
      told: { at: turn.stamp.at, count: reload.fresh.workers.length },
    } as const;
    return toPhase(turn, instance, salvaged, ...letGo(reload.handover));
  }
  const closed = closeReload(turn, instance, reload, { outcome: 'failed', why });
  // What is on its way out must not be taken for a successor.
  if (reload.phase === 'rolling-back') return clear(turn, closed, { shim }, outcome, 'decide');
  return to(turn, closed, { kind: 'searching', shim, serving, outcome });
}

export const salvaging: PhaseFunction<'salvaging'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'probed':
      if (event.purpose !== 'proof' || reload.step !== 'asking') return stay(instance);
      switch (event.verdict.kind) {
        case 'passed':
          return isGrown(turn, reload) ? salvaged(turn, instance, reload) : grow(turn, instance, reload);
        case 'refused':
        case 'silent':
          return keepPhase(instance, { ...reload, step: 'pausing' }, stepLater(turn, instance));
      }
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer === 'step' && reload.step === 'pausing')
        return keepPhase(instance, { ...reload, step: 'booting' });
      if (event.timer !== 'deadline') return stay(instance);
      return reload.step === 'growing' ? salvaged(turn, instance, reload) : giveUp(turn, instance, reload);
    case 'process-gone':
      if (!isSameProcess(event.process, reload.fresh.master)) return stay(instance);
      return lost(turn, instance);
    case 'main-succeeded':
      return keepPhase(instance, reload, lookNow(instance));
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
  reload: InPhase<'salvaging'>,
  processes: readonly ProcessInfo[],
): Step {
  const fresh = observe(turn, processes, reload);
  const again = lookSoon(turn, instance);
  if (reload.step === 'growing') {
    const next = { ...reload, fresh };
    return isGrown(turn, next) ? salvaged(turn, instance, next) : grow(turn, instance, next);
  }
  const complete = wanting(turn, reload, newWorkers(turn, processes, reload), 1) === '';
  if (reload.step !== 'booting' || !complete) return keepPhase(instance, { ...reload, fresh }, again);
  const proof = askProof(turn, instance, fresh.master, 1, stillAlive(processes, reload.old));
  return keepPhase(instance, { ...reload, fresh, step: 'asking' }, proof, again);
}

/** Where it was to come worker by worker, it has as many as there were, or cannot be told to. */
const isGrown = ({ spec }: Turn, { handover, fresh, expected }: InPhase<'salvaging'>): boolean =>
  handover.kind === 'together' || spec.server.scale === undefined || fresh.workers.length >= (expected ?? 0);

/** There is room for the rest now. */
function grow(turn: Turn, instance: In<'reloading'>, reload: InPhase<'salvaging'>): Step {
  const { scale } = turn.spec.server;
  const { fresh, told } = reload;
  const count = fresh.workers.length;
  const growing = { ...reload, step: 'growing' } as const;
  const again = lookSoon(turn, instance);
  if (scale === undefined || !mayTell(turn, told, count)) return keepPhase(instance, growing, again);
  return keepPhase(instance, { ...growing, told: { at: turn.stamp.at, count } }, signal(fresh.master, scale.up), again);
}

/** The new generation serves; what is left of the old one has bridged the gap, and goes. */
const salvaged = (turn: Turn, instance: In<'reloading'>, reload: InPhase<'salvaging'>): Step =>
  toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'retiring', fresh: reload.fresh, old: reload.old, step: 'sweeping' },
    ...{ killAt: turn.stamp.at + sweepMs, why: 'the old master ended by itself, and the new generation serves' },
  });

/** It never served: a cold start is better than nothing. */
function giveUp(turn: Turn, instance: In<'reloading'>, reload: InPhase<'salvaging'>): Step {
  const closed = closeReload(turn, instance, reload, {
    outcome: 'failed',
    why: 'the old master ended by itself, and the new one never served',
  });
  return to(turn, closed, {
    kind: 'stopping',
    shim: instance.life.shim,
    serving: promote(reload, reload.fresh),
    others: [],
    signal: turn.spec.server.signals.quickStop,
    killAt: turn.stamp.at + turn.spec.stop.timeoutMs,
    then: 'decide',
  });
}

/** Both masters have ended; the shim says when the last process has. */
function lost(turn: Turn, instance: In<'reloading'>): Step {
  const { shim, reload } = instance.life;
  const closed = closeReload(turn, instance, reload, { outcome: 'failed', why: 'both masters have ended' });
  const killAt = turn.stamp.at + turn.spec.stop.timeoutMs;
  return to(turn, closed, { kind: 'clearing', shim, others: [], outcome: { kind: 'unknown' }, killAt, then: 'decide' });
}
