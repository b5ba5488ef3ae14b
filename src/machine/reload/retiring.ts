/** The old generation is told to go, and nothing can bring it back: the new master is its heir. */
import { isSameProcess, type ProcessInfo } from '../../model/process.ts';
import { gentleStop, signal, to } from '../enter.ts';
import type { In } from '../life.ts';
import { stay, type Step, type Turn } from '../step.ts';
import { clear } from '../stopping.ts';
import { closeReload, succeed } from './end.ts';
import { keepPhase, lookNow, lookSoon, stepLater, toPhase, type PhaseFunction } from './phase.ts';
import { find, orSameList } from './roles.ts';
import type { InPhase } from './state.ts';

/** After its master has gone, a worker gets so long for its last request. */
export const sweepMs = 5_000;

export const retiring: PhaseFunction<'retiring'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'main-succeeded': {
      if (!isSameProcess(event.process, reload.fresh.master)) return stay(instance);
      const killAt = Math.max(reload.killAt, turn.stamp.at + sweepMs);
      return toPhase(turn, instance, { ...reload, step: 'sweeping', killAt });
    }
    case 'looked':
      return reload.step === 'sweeping' ? sweep(turn, instance, reload, event.processes) : stay(instance);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'step' || turn.stamp.at < reload.killAt) return stay(instance);
      return killOld(turn, instance, reload);
    case 'process-gone':
      if (!isSameProcess(event.process, reload.fresh.master)) return stay(instance);
      return bothGoing(turn, instance, reload);
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

function sweep(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'retiring'>,
  processes: readonly ProcessInfo[],
): Step {
  const left = reload.old.filter((worker) => find(processes, worker) !== undefined);
  if (left.length === 0) return succeed(turn, instance, reload.fresh, reload.why);
  return keepPhase(instance, { ...reload, old: orSameList(reload.old, left) }, lookSoon(turn, instance));
}

function killOld(turn: Turn, instance: In<'reloading'>, reload: InPhase<'retiring'>): Step {
  const { serving } = instance.life;
  const killAt = turn.stamp.at + sweepMs;
  const master = reload.step === 'quitting' ? [signal(serving.main, 'SIGKILL')] : [];
  return keepPhase(
    instance,
    { ...reload, killAt },
    ...reload.old.map((worker) => signal(worker, 'SIGKILL')),
    ...master,
    stepLater(turn, instance, killAt),
  );
}

/** The new master ended while the old one was on its way out: nothing is left to go back to. */
function bothGoing(turn: Turn, instance: In<'reloading'>, reload: InPhase<'retiring'>): Step {
  const { shim, serving } = instance.life;
  const closed = closeReload(turn, instance, reload, {
    outcome: 'failed',
    why: 'the new master ended after the old one was told to go',
  });
  // It was the main process already: there is nobody left to tell.
  if (reload.step === 'sweeping') return clear(turn, closed, { shim }, { kind: 'unknown' }, 'decide');
  return to(turn, closed, {
    kind: 'stopping',
    shim,
    serving,
    others: [],
    signal: gentleStop(turn.spec),
    killAt: reload.killAt,
    then: 'decide',
  });
}
