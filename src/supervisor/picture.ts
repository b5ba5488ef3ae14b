/** The state and one look at the processes, as the snapshot that everybody is shown. */
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../model/process.ts';
import type { Profile } from '../model/profile.ts';
import type { HealthName, InstanceSnapshot, InstanceStateName, WorkerSnapshot } from '../model/snapshot.ts';
import { describeOutcome, exitStatus } from '../model/outcome.ts';
import type { Generation, Instance, Life } from '../machine/life.ts';
import { isInPlace } from '../machine/reload/generation.ts';
import { progress } from '../machine/reload/handing-over.ts';
import { includes, isReady, workersOf } from '../machine/reload/roles.ts';

/** What was measured of the processes below one shim. */
export interface Sight {
  readonly processes: readonly ProcessInfo[];
  readonly usage: ReadonlyMap<number, { readonly cpuPercent: number; readonly rssBytes: number }>;
  /** Undefined where the kernel does not show it to us. */
  readonly busy: ReadonlySet<number> | undefined;
  /** Undefined while nobody keeps its output waiting. */
  readonly outputWaitingSince: Date | undefined;
}

export function pictureInstance(profile: Profile, instance: Instance, sight: Sight): InstanceSnapshot {
  const { life, ledger, number } = instance;
  const serving = servingOf(life);
  return {
    instance: number,
    state: stateName(life),
    detail: detailOf(life),
    health: healthOf(life),
    generation: serving?.number ?? null,
    revision: serving?.revision ?? null,
    shimPid: 'shim' in life ? life.shim.pid : null,
    mainPid: serving?.main.pid ?? null,
    startedAt: serving === undefined ? null : new Date(serving.startedAt).toISOString(),
    restarts: ledger.restarts,
    ...totalUsage(sight),
    outputWaitingSince: sight.outputWaitingSince?.toISOString() ?? null,
    workers: pictureWorkers(profile, life, sight),
    lastReload: ledger.lastReload ?? null,
  };
}

function totalUsage({ usage }: Sight): Pick<InstanceSnapshot, 'cpuPercent' | 'rssBytes'> {
  const measured = [...usage.values()];
  if (measured.length === 0) return { cpuPercent: null, rssBytes: null };
  return {
    cpuPercent: measured.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0),
    rssBytes: measured.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

/** The generation that serves, where one does. */
export const servingOf = (life: Life): Generation | undefined => ('serving' in life ? life.serving : undefined);

function stateName(life: Life): InstanceStateName {
  switch (life.kind) {
    case 'searching':
      return 'starting';
    case 'clearing':
    case 'orphaned':
      return 'stopping';
    case 'down':
      return life.why === 'completed' && life.outcome !== undefined && exitStatus(life.outcome) === 0
        ? 'completed'
        : 'down';
    case 'adopting':
    case 'starting':
    case 'running':
    case 'reloading':
    case 'stopping':
    case 'backoff':
    case 'failed':
      return life.kind;
  }
}

/** What the name of the state leaves out, for people. Empty when that is nothing. */
export function detailOf(life: Life): string {
  switch (life.kind) {
    case 'reloading': {
      const { reload } = life;
      if (reload.phase === 'handing-over') return `${reload.phase}: ${progress(reload)}`;
      if (reload.phase === 'proving') return `${reload.phase}: ${reload.wanting}`;
      return reload.phase === 'rolling-back' ? `${reload.phase}: ${reload.why}` : reload.phase;
    }
    case 'running':
      return life.health.kind === 'unhealthy' ? life.health.problem : '';
    case 'backoff':
    case 'failed':
    case 'clearing':
    case 'searching':
      return describeOutcome(life.outcome);
    case 'orphaned':
      return `its shim is gone: ending ${life.left.length} of its processes`;
    case 'down':
      return life.why === 'completed' && life.outcome !== undefined ? describeOutcome(life.outcome) : '';
    case 'adopting':
    case 'starting':
    case 'stopping':
      return '';
  }
}

function healthOf(life: Life): HealthName {
  if (life.kind === 'running' || life.kind === 'reloading') return life.health.kind;
  return 'none';
}

function pictureWorkers(profile: Profile, life: Life, sight: Sight): readonly WorkerSnapshot[] {
  const { roles } = profile;
  if (roles === undefined) return [];
  return mastersOf(life).flatMap(({ master, generation, isLeaving, predecessors }) =>
    [...workersOf(roles, sight.processes, master)]
      .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)
      .map((worker, rank): WorkerSnapshot => {
        const usage = sight.usage.get(worker.pid);
        const isOld = predecessors !== undefined && includes(predecessors.workers, worker);
        const index = roles.workerTitle?.exec(worker.title)?.groups?.['index'];
        return {
          pid: worker.pid,
          // A pattern of the user's may take anything for an index.
          index: index !== undefined && /^\d{1,9}$/.test(index) ? Number(index) : rank,
          generation: isOld ? predecessors.generation : generation,
          title: worker.title,
          activity: activityOf(isReady(roles, worker), isLeaving || isOld, sight.busy?.has(worker.pid)),
          cpuPercent: usage?.cpuPercent ?? null,
          rssBytes: usage?.rssBytes ?? null,
        };
      })
      .sort((a, b) => a.index - b.index),
  );
}

function activityOf(ready: boolean, isLeaving: boolean, busy: boolean | undefined): WorkerSnapshot['activity'] {
  if (isLeaving) return 'draining';
  if (!ready) return 'booting';
  if (busy === undefined) return 'unknown';
  return busy ? 'busy' : 'idle';
}

interface Master {
  readonly master: Generation['main'];
  readonly generation: number;
  readonly isLeaving: boolean;
  /** The workers of the generation before, where the same master had them. */
  readonly predecessors?: { readonly generation: number; readonly workers: readonly ProcessRef[] };
}

/** The masters that may have workers: the serving one, and during a reload the new one. */
function mastersOf(life: Life): readonly Master[] {
  const serving = servingOf(life);
  if (serving === undefined) return [];
  const reload = life.kind === 'reloading' ? life.reload : undefined;
  const isLeaving = life.kind === 'stopping' || reload?.phase === 'retiring';
  const old = { master: serving.main, generation: serving.number, isLeaving };
  if (reload === undefined || !('fresh' in reload)) return [old];
  const isOne = isSameProcess(reload.fresh.master, serving.main);
  if (isOne && isInPlace(reload) && 'old' in reload) {
    const predecessors = { generation: reload.from.number, workers: reload.old };
    return [{ master: serving.main, generation: reload.target.number, isLeaving: false, predecessors }];
  }
  if (isOne) return [old];
  const isRejected = reload.phase === 'rolling-back';
  return [old, { master: reload.fresh.master, generation: reload.target.number, isLeaving: isRejected }];
}
