/**
 * The hook and the check have their say, and the master is looked at before it is signalled. Nothing has changed yet, but
 * that a second master goes which somebody else has begun: what it has loaded is what was there then, and a master that
 * has a second one already makes no other.
 */
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../../model/process.ts';
import { shows } from '../../model/profile.ts';
import type { In } from '../life.ts';
import { stay, type Step, type Turn } from '../step.ts';
import { beginStop } from '../stopping.ts';
import { signal } from '../enter.ts';
import { keepOld } from './end.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction } from './phase.ts';
import { find, findMaster, isReady, reference, strangersOf, workersOf } from './roles.ts';
import type { InPhase, Plan } from './state.ts';

export const preparing: PhaseFunction<'preparing'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'prepared':
      if (event.problem !== '') return keepOld(turn, instance, { why: event.problem });
      if (turn.spec.reload.trial === undefined) return keepPhase(instance, looking(reload), lookNow(instance));
      return toPhase(turn, instance, {
        ...planOf(reload),
        ...{ phase: 'trying', step: 'pausing', workers: [], deaths: 0, problem: '', mayPass: false },
      });
    case 'looked':
      return reload.step === 'hook' ? stay(instance) : looked(turn, instance, reload, event.processes);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'deadline') return stay(instance);
      return keepOld(turn, instance, { why: late[reload.step], mayPass: true });
    case 'process-gone':
    case 'main-succeeded':
    case 'probed':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

const looking = (reload: Plan) => ({ ...planOf(reload), phase: 'preparing', step: 'looking' }) as const;

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'preparing'>,
  processes: readonly ProcessInfo[],
): Step {
  const { life } = instance;
  const master = find(processes, life.serving.main);
  // Too early, and the signal kills a server that has not set its handlers.
  if (master === undefined || !isReadyMaster(turn, reload, master)) {
    return keepPhase(instance, reload, lookSoon(turn, instance));
  }
  switch (reload.strategy) {
    case 'overlap':
      return startSecond(turn, instance, reload, processes);
    case 'reexec':
      return startNewMaster(turn, instance, reload, processes);
    case 'signal':
    case 'command':
      return renew(turn, instance, reload, processes, master);
    case 'restart':
      return beginStop(turn, instance, life, 'graceful', planOf(reload));
  }
}

/** Of a server of which nothing is known, whether it would live through the signal at least. One that is stopped may be anything. */
function isReadyMaster({ spec }: Turn, { strategy }: InPhase<'preparing'>, master: ProcessInfo): boolean {
  const { roles, inPlace } = spec.server;
  // Nothing is asked of it.
  if (strategy === 'restart' || strategy === 'overlap') return true;
  if (roles !== undefined) return shows(roles.readyMaster, master);
  return strategy !== 'signal' || inPlace === undefined || master.catches.includes(inPlace.signal);
}

function startNewMaster(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'preparing'>,
  processes: readonly ProcessInfo[],
): Step {
  const { name, roles, reexec } = turn.spec.server;
  const { main } = instance.life.serving;
  if (roles === undefined || reexec === undefined) throw new Error(`unreachable: ${name} cannot execute itself anew`);
  if (reload.step === 'clearing') {
    // Reaped, that is: until then its parent may take it for alive.
    const isGone = !processes.some((process) => isSameProcess(process, reload.second));
    return keepPhase(instance, isGone ? looking(reload) : reload, lookSoon(turn, instance));
  }
  const second = findMaster(roles, processes, main);
  if (second !== undefined) return clearSecond(turn, instance, reload, reference(second));
  return toPhase(turn, instance, {
    ...planOf(reload),
    phase: 'starting',
    by: 'master',
    signal: 'sent',
    appearsBy: turn.stamp.at + reexec.appearsWithinMs,
    strangers: strangersOf(roles, processes, main).map(reference),
    suspects: [],
    expected: reload.expected ?? workersOf(roles, processes, main).length,
  });
}

function startSecond(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'preparing'>,
  processes: readonly ProcessInfo[],
): Step {
  const { shim, serving } = instance.life;
  // Until it is reaped, the shim takes one that has just been rolled back for alive.
  if (processes.some(({ state, parentPid }) => state === 'Z' && parentPid === shim.pid))
    return keepPhase(instance, reload, lookSoon(turn, instance));
  const workers = workersOf(turn.spec.server.roles, processes, serving.main);
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'starting', by: 'shim', appearsBy: turn.stamp.at + secondAppearsMs },
    expected: reload.expected ?? workers.length,
  });
}

/** A shim that does not stand still has forked long before that. */
const secondAppearsMs = 10_000;

const clearSecond = (turn: Turn, instance: In<'reloading'>, reload: Plan, second: ProcessRef): Step =>
  keepPhase(
    instance,
    { ...looking(reload), step: 'clearing', second },
    signal(second, turn.spec.server.signals.gracefulStop),
    lookSoon(turn, instance),
  );

/** What was waited for when the deadline came. */
const late = {
  hook: 'the prepare hook did not end in time',
  looking: 'the server was not ready to be signalled in time',
  clearing: 'a second master, which somebody else had begun, did not go in time',
} as const;

function renew(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'preparing'>,
  processes: readonly ProcessInfo[],
  { image }: ProcessInfo,
): Step {
  const { roles, inPlace } = turn.spec.server;
  const workers = workersOf(roles, processes, instance.life.serving.main);
  if (isBooting(turn, instance, reload, workers)) return keepPhase(instance, reload, lookSoon(turn, instance));
  const old = workers.map(reference);
  const patience = reload.strategy === 'signal' ? inPlace?.showsWithinMs : undefined;
  const showsBy = patience === undefined ? reload.deadline : Math.min(turn.stamp.at + patience, reload.deadline);
  return toPhase(turn, instance, {
    ...planOf(reload),
    ...{ phase: 'renewing', signal: 'sent', showsBy, stuckAt: turn.stamp.at + stuckMs },
    ...{ image, old, expected: reload.expected ?? old.length },
  });
}

/** All workers of a master have been forked by then, and most have loaded the application. */
const settleMs = 5_000;
/** After the signal, a worker that boots gets so long to hear of it. */
const stuckMs = 1_000;

/**
 * A master waits for workers that are still booting, and some of them do not hear it; those that it forks after the signal
 * may be of the old code yet. But what has failed, or fails to boot, may never be ready: the reload is the way out.
 */
function isBooting(
  { spec, stamp }: Turn,
  { life: { serving, health }, ledger: { lastReload } }: In<'reloading'>,
  { requestedAt, deadline }: Plan,
  workers: readonly ProcessInfo[],
): boolean {
  const { roles } = spec.server;
  if (roles?.readyWorker === undefined) return false;
  if (workers.length > 0 && workers.every((worker) => isReady(roles, worker))) return false;
  const isLeft = [lastReload?.from.generation, lastReload?.to.generation].includes(serving.number);
  if (health.kind === 'unhealthy' || (isLeft && lastReload?.outcome === 'failed')) return false;
  return stamp.at < (workers.length > 0 ? requestedAt + settleMs : (requestedAt + deadline) / 2);
}
