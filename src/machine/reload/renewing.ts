/** The master was told to renew its workers, by a signal or by a command: wait for the first sign that it does. */
import type { InstanceEffect } from '../../model/effect.ts';
import type { ProcessInfo } from '../../model/process.ts';
import { signal } from '../enter.ts';
import type { In } from '../life.ts';
import { stay, type Step, type Turn } from '../step.ts';
import { keepOld } from './end.ts';
import { atPost, newGeneration, newWorkers, stillAlive } from './generation.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction } from './phase.ts';
import { find, isReady } from './roles.ts';
import type { InPhase } from './state.ts';

export const renewing: PhaseFunction<'renewing'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'reload-ran':
      if (event.problem !== '') return keepOld(turn, instance, { why: event.problem, mayPass: true });
      return proveWorkers(turn, instance, reload, '');
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'step') return stay(instance);
      // It would have shown by now: it was not sent.
      if (reload.signal === 'uncertain')
        return toPhase(turn, instance, { ...planOf(reload), phase: 'preparing', step: 'hook' });
      return keepOld(turn, instance, { why: 'the server did not heed the reload: its own log says why' });
    case 'main-succeeded':
    case 'process-gone':
    case 'probed':
    case 'prepared':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'renewing'>,
  processes: readonly ProcessInfo[],
): Step {
  const master = atPost(processes, instance.life.serving.main);
  // A command says by its own end that the reload has begun.
  if (master === undefined || reload.strategy === 'command') {
    return keepPhase(instance, reload, lookSoon(turn, instance));
  }
  if (!hasBegun(turn, reload, processes, master)) {
    return keepPhase(instance, reload, ...endStuck(turn, reload, processes), lookSoon(turn, instance));
  }
  return proveWorkers(turn, instance, reload, master.image);
}

/** Old workers that never loaded the application have no request to finish, and may hear nothing but this. */
function endStuck(
  { spec, stamp }: Turn,
  { old, stuckAt }: InPhase<'renewing'>,
  processes: readonly ProcessInfo[],
): readonly InstanceEffect[] {
  if (stamp.at < stuckAt) return [];
  const stuck = old.flatMap((one) => find(processes, one) ?? []).filter((one) => !isReady(spec.server.roles, one));
  return stuck.map((worker) => signal(worker, 'SIGKILL'));
}

/** A worker has come or gone, or the master is another program than before. */
function hasBegun(
  turn: Turn,
  { image, old, strategy }: InPhase<'renewing'>,
  processes: readonly ProcessInfo[],
  master: ProcessInfo,
): boolean {
  // Whose workers nobody knows shows nothing but its answers.
  if (turn.spec.server.roles === undefined) return true;
  // Until then its workers come and go for reasons of their own.
  if (turn.spec.server.inPlace?.executes === true && image !== '') return master.image !== image;
  const fresh = newGeneration(turn, master, master.image);
  return newWorkers(turn, processes, { fresh, old, strategy }).length > 0 || stillAlive(processes, old) !== old;
}

const proveWorkers = (turn: Turn, instance: In<'reloading'>, reload: InPhase<'renewing'>, image: string): Step =>
  toPhase(turn, instance, {
    ...planOf(reload),
    phase: 'proving',
    expected: reload.expected,
    fresh: newGeneration(turn, instance.life.serving.main, image),
    old: reload.old,
    step: 'booting',
    wanting: 'no new worker runs',
  });
