/** Who is who below a shim, read from one look at the processes. */
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../../model/process.ts';
import { shows, type ReexecProfile } from '../../model/profile.ts';
import { orSame } from '../step.ts';
import type { Fresh } from './state.ts';

type Processes = readonly ProcessInfo[];

export const includes = (list: readonly ProcessRef[], process: ProcessRef): boolean =>
  list.some((one) => isSameProcess(one, process));

/** The process as this look shows it; undefined when it has ended, reaped or not. */
export const find = (processes: Processes, ref: ProcessRef): ProcessInfo | undefined =>
  processes.find((process) => isSameProcess(process, ref) && process.state !== 'Z');

const childrenOf = (processes: Processes, parent: ProcessRef): ProcessInfo[] =>
  processes.filter((process) => process.parentPid === parent.pid && process.state !== 'Z');

const isFork = (child: ProcessInfo, parent: ProcessInfo): boolean => child.image !== '' && child.image === parent.image;

/** The children of a master that serve requests: titled so, or forks of it. */
export function workersOf(server: ReexecProfile, processes: Processes, master: ProcessRef): ProcessInfo[] {
  const parent = find(processes, master);
  if (parent === undefined) return [];
  return childrenOf(processes, master).filter((child) => server.workerTitle.test(child.title) || isFork(child, parent));
}

/**
 * The same for keeping, from one look to the next: who was a worker stays one for as long as he lives. A master that is
 * ending shows no image any more, and one that has ended no children.
 */
export function followWorkers(
  server: ReexecProfile,
  processes: Processes,
  master: ProcessRef,
  known: readonly ProcessRef[],
): readonly ProcessRef[] {
  const alive = known.filter((worker) => find(processes, worker) !== undefined);
  const others = workersOf(server, processes, master).filter((worker) => !includes(alive, worker));
  return orSameList(known, [...alive, ...others.map(reference)]);
}

/** Has the worker loaded the application? True where the server gives no sign of it. */
export function isReady(server: ReexecProfile, worker: ProcessInfo): boolean {
  if (server.readyWorker === undefined) return true;
  const { catches, ignores } = server.readyWorker;
  return worker.catches.includes(catches) && !worker.catches.includes(ignores);
}

/** Whatever a server has beside its workers, before the signal that makes a new master. */
export function strangersOf(server: ReexecProfile, processes: Processes, master: ProcessRef): ProcessInfo[] {
  const workers = workersOf(server, processes, master);
  return childrenOf(processes, master).filter((child) => !includes(workers, child));
}

export type Sighting =
  | { readonly kind: 'certain'; readonly master: ProcessInfo }
  /** Likely, but a fork that is some milliseconds young looks the same: certain if it does so for two looks. */
  | { readonly kind: 'likely'; readonly masters: readonly ProcessRef[] };

/** The new master: a child of the old one that has executed a program since, and is neither worker nor stranger. */
export function sightNewMaster(
  server: ReexecProfile,
  processes: Processes,
  old: ProcessRef,
  known: { readonly strangers: readonly ProcessRef[]; readonly suspects: readonly ProcessRef[] },
): Sighting {
  const parent = find(processes, old);
  const candidates = childrenOf(processes, old).filter(
    (child) => !includes(known.strangers, child) && !server.workerTitle.test(child.title),
  );
  const certain = candidates.find(
    (child) =>
      includes(known.suspects, child) ||
      (parent !== undefined && child.image !== '' && parent.image !== '' && child.image !== parent.image),
  );
  if (certain !== undefined) return { kind: 'certain', master: certain };
  const likely = candidates.filter(
    (child) => child.image === '' && (shows(server.readyMaster, child) || child.catches.includes(server.signal)),
  );
  return { kind: 'likely', masters: likely.map(reference) };
}

/** A master that somebody else's reload left beside or instead of the old one, right below `parent`. */
export const findMaster = (server: ReexecProfile, processes: Processes, parent: ProcessRef): ProcessInfo | undefined =>
  childrenOf(processes, parent).find(
    (child) => shows(server.readyMaster, child) && isProgram(server, child) && !isForkOf(processes, child, parent),
  );

/** A fork has its master's handlers for some milliseconds: where only they mark a master, its image must tell the two apart. */
const isProgram = ({ readyMaster }: ReexecProfile, child: ProcessInfo): boolean =>
  readyMaster.kind === 'titled' || child.image !== '';

const isForkOf = (processes: Processes, child: ProcessInfo, parent: ProcessRef): boolean => {
  const info = find(processes, parent);
  return info !== undefined && isFork(child, info);
};

/** Everything that lives of a generation: master, workers, and their forks wherever they hang by now. */
export function membersOf(
  processes: Processes,
  generation: Pick<Fresh, 'master' | 'image' | 'workers'>,
): ProcessInfo[] {
  return processes.filter(
    (process) =>
      process.state !== 'Z' &&
      (isSameProcess(process, generation.master) ||
        process.parentPid === generation.master.pid ||
        includes(generation.workers, process) ||
        (generation.image !== '' && process.image === generation.image)),
  );
}

/** The list before, where the one after names the same processes. */
export const orSameList = (before: readonly ProcessRef[], after: readonly ProcessRef[]): readonly ProcessRef[] =>
  before.length === after.length && before.every((process) => includes(after, process)) ? before : after;

/** Only what names a process, for keeping. */
export const reference = ({ pid, startTicks }: ProcessRef): ProcessRef => ({ pid, startTicks });

/** The new generation with what this look adds: who its workers are, and how many of those known before are gone. */
export function observe(server: ReexecProfile, processes: Processes, fresh: Fresh): Fresh {
  const seen = workersOf(server, processes, fresh.master);
  const workers = seen.map(reference);
  const gone = fresh.workers.filter((worker) => !includes(workers, worker)).length;
  const master = find(processes, fresh.master);
  return orSame(fresh, {
    ...fresh,
    workers: orSameList(fresh.workers, workers),
    deaths: fresh.deaths + gone,
    wasReady: fresh.wasReady || seen.some((worker) => isReady(server, worker)),
    image: master?.image ?? fresh.image,
  });
}
