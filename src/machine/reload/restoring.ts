/** The new generation has gone. The old one is seen to be complete, and where workers were taken from it they come back. */
import type { ProcessInfo } from '../../model/process.ts';
import { pauseMs, signal } from '../enter.ts';
import type { In } from '../life.ts';
import type { Step, Turn } from '../step.ts';
import { exposureOf, keepOld } from './end.ts';
import { fatalDeaths, stillAlive } from './generation.ts';
import { keepPhase, lookSoon, toPhase } from './phase.ts';
import { tellEveryMs } from './narrowing.ts';
import { isReady, orSameList, reference, workersOf } from './roles.ts';
import type { Fresh, InPhase } from './state.ts';

type RollingBack = InPhase<'rolling-back'>;
export type Restoring = Extract<RollingBack, { step: 'restoring' | 'yielding' }>;

/** How long the old generation may take to be complete again before that is reported as it is. */
const restoreMs = 10_000;

/** Nothing is left of the new generation. */
export function restore(turn: Turn, instance: In<'reloading'>, reload: RollingBack, fresh: Fresh): Step {
  const { timeoutMs } = turn.spec.reload;
  // Workers that come back load the application first.
  const patienceMs = reload.handover.kind === 'under-way' ? Math.max(restoreMs, timeoutMs) : restoreMs;
  return toPhase(turn, instance, {
    ...{ ...reload, fresh, step: 'restoring', exposureMs: exposureOf(turn, reload) },
    ...{ stepUntil: turn.stamp.at + patienceMs, old: [], deaths: 0, told: undefined },
  });
}

export function restoring(
  turn: Turn,
  instance: In<'reloading'>,
  before: Restoring,
  processes: readonly ProcessInfo[],
): Step {
  const { roles } = turn.spec.server;
  const workers = workersOf(roles, processes, instance.life.serving.main);
  const again = lookSoon(turn, instance);
  if (before.handover.kind !== 'under-way')
    return workers.length >= before.expected ? finish(turn, instance, before, '') : keepPhase(instance, before, again);
  const ended = before.old.length - stillAlive(processes, before.old).length;
  const old = orSameList(before.old, workers.map(reference));
  const reload = { ...before, old, deaths: before.deaths + ended };
  const ready = workers.filter((worker) => isReady(roles, worker)).length;
  const isWhole = workers.length > 0 && ready === workers.length;
  if (reload.step === 'yielding') return giveUp(turn, instance, reload, isWhole);
  if (reload.deaths >= fatalDeaths) return giveUp(turn, instance, { ...reload, step: 'yielding' }, false);
  if (staying(reload) < reload.expected) return tellMore(turn, instance, reload);
  return isWhole ? finish(turn, instance, reload, warning(turn, reload)) : keepPhase(instance, reload, again);
}

/** Nobody can see which release a worker has loaded: where that may be the one that has just failed, it is said. */
const warning = ({ spec }: Turn, { told }: Restoring): string =>
  told !== undefined && spec.server.scale?.loads === 'current-release'
    ? '; old workers were started again, and unless the application is preloaded they run what the link means now'
    : '';

/** How many old workers there are and will be: one that its master was told to take away may still have a request. */
function staying({ handover, old }: Restoring): number {
  const isLeaving = handover.kind === 'under-way' && handover.taking !== undefined && old.length >= handover.taking;
  return isLeaving ? old.length - 1 : old.length;
}

/** One at a time, and one more only when the one before has come. */
function tellMore(turn: Turn, instance: In<'reloading'>, reload: Restoring): Step {
  const { scale } = turn.spec.server;
  const { old, told } = reload;
  const again = lookSoon(turn, instance);
  if (scale === undefined || !mayTell(turn, told, old.length)) return keepPhase(instance, reload, again);
  return keepPhase(
    instance,
    { ...reload, handover: { kind: 'under-way', taking: undefined }, told: { at: turn.stamp.at, count: old.length } },
    signal(instance.life.serving.main, scale.up),
    again,
  );
}

/** Whether a master can be told to have one more: not sooner than it has heeded the signal before, or will not. */
export function mayTell({ stamp: { at } }: Turn, told: InPhase<'salvaging'>['told'], count: number): boolean {
  if (told === undefined) return true;
  return at >= told.at + (count > told.count ? tellEveryMs : pauseMs);
}

/** Its code is there no more: a master goes on starting what ends at once, so it is told to have fewer until that ends. */
function giveUp(turn: Turn, instance: In<'reloading'>, reload: Restoring, isWhole: boolean): Step {
  const { scale } = turn.spec.server;
  const { told, deaths, old } = reload;
  const { at } = turn.stamp;
  const again = lookSoon(turn, instance);
  const isQuiet = isWhole && deaths < fatalDeaths && told !== undefined && at >= told.at + pauseMs;
  if (isQuiet) return finish(turn, instance, reload, `; its workers end as they start, so ${left(reload)}`);
  const isDue = deaths >= fatalDeaths && (told === undefined || at >= told.at + tellEveryMs);
  if (scale === undefined || !isDue) return keepPhase(instance, reload, again);
  const next = { ...reload, deaths: 0, told: { at, count: old.length } };
  return keepPhase(instance, next, signal(instance.life.serving.main, scale.down), again);
}

const left = ({ old, expected }: Restoring): string => `the old generation has ${old.length} of ${expected} workers`;

/** It has taken too long: what there is serves on. */
export const giveIn = (turn: Turn, instance: In<'reloading'>, reload: Restoring): Step =>
  finish(
    turn,
    instance,
    reload,
    reload.handover.kind === 'under-way'
      ? `; ${left(reload)} again`
      : '; the old generation has fewer workers than before',
  );

const finish = (turn: Turn, instance: In<'reloading'>, reload: Restoring, note: string): Step =>
  keepOld(turn, instance, {
    why: `${reload.why}${note}`,
    ...{ mayPass: reload.mayPass, exposureMs: reload.exposureMs },
  });
