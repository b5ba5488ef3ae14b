/** Who is who below a shim, read from one look at the processes. */
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../../model/process.ts';
import { shows, type Reexec, type Roles } from '../../model/profile.ts';
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

/** The children of a master that serve requests: titled so, or forks of it; where no title tells, all of them. */
export function workersOf(roles: Roles | undefined, processes: Processes, master: ProcessRef): ProcessInfo[] {
  const parent = find(processes, master);
  if (roles === undefined || parent === undefined) return [];
  const { workerTitle, helperTitle } = roles;
  return childrenOf(processes, master).filter(
    (child) =>
      helperTitle?.test(child.title) !== true &&
      (workerTitle === undefined || workerTitle.test(child.title) || isFork(child, parent)),
  );
}

/**
 * The same for keeping, from one look to the next: who was a worker stays one for as long as he lives. A master that is
 * ending shows no image any more, and one that has ended no children.
 */
export function followWorkers(
  roles: Roles | undefined,
  processes: Processes,
  master: ProcessRef,
  known: readonly ProcessRef[],
): readonly ProcessRef[] {
  return follow(processes, known, workersOf(roles, processes, master));
}

/** Those known before that live, and those seen now. */
export function follow(
  processes: Processes,
  known: readonly ProcessRef[],
  seen: readonly ProcessInfo[],
): readonly ProcessRef[] {
  const alive = known.filter((process) => find(processes, process) !== undefined);
  const others = seen.filter((process) => !includes(alive, process));
  return orSameList(known, [...alive, ...others.map(reference)]);
}

/** A process and all that it has made and that still hangs from it; none when it has ended. */
export const treeOf = (processes: Processes, root: ProcessRef): ProcessInfo[] =>
  withDescendants(
    processes,
    processes.filter((process) => isSameProcess(process, root) && process.state !== 'Z'),
  );

function withDescendants(processes: Processes, ancestors: readonly ProcessInfo[]): ProcessInfo[] {
  const all = [...ancestors];
  for (const one of all) all.push(...childrenOf(processes, one).filter((child) => !includes(all, child)));
  return all;
}

/** Has the worker loaded the application? True where the server gives no sign of it. */
export function isReady(roles: Roles | undefined, worker: ProcessInfo): boolean {
  const sign = roles?.readyWorker;
  switch (sign?.kind) {
    case undefined:
      return true;
    case 'beating':
      return worker.hasBeaten !== false;
    case 'threaded': {
      const { threads = [] } = worker;
      if (threads.some((name) => sign.thread.test(name))) return true;
      // Some version may name them in another way, and gives no sign. With but one thread none of them accepts.
      return threads.length > 1 && !threads.some((name) => sign.booting.test(name));
    }
    case 'catching': {
      const { catches, ignores } = sign;
      return worker.catches.includes(catches) && (ignores === undefined || !worker.catches.includes(ignores));
    }
  }
}

/** Whatever a server has beside its workers, before the signal that makes a new master. */
export function strangersOf(roles: Roles, processes: Processes, master: ProcessRef): ProcessInfo[] {
  const workers = workersOf(roles, processes, master);
  return childrenOf(processes, master).filter((child) => !includes(workers, child));
}

/** A server that can put a new master beside the old one. */
export interface Reexecutable {
  readonly roles: Roles;
  readonly reexec: Reexec;
}

export type Sighting =
  | { readonly kind: 'certain'; readonly master: ProcessInfo }
  /** Likely, but a fork that is some milliseconds young looks the same: certain if it does so for two looks. */
  | { readonly kind: 'likely'; readonly masters: readonly ProcessRef[] };

/** The new master: a child of the old one that has executed a program since, and is neither worker nor stranger. */
export function sightNewMaster(
  { roles, reexec }: Reexecutable,
  processes: Processes,
  old: ProcessRef,
  known: { readonly strangers: readonly ProcessRef[]; readonly suspects: readonly ProcessRef[] },
): Sighting {
  const parent = find(processes, old);
  const candidates = childrenOf(processes, old).filter(
    (child) => !includes(known.strangers, child) && roles.workerTitle?.test(child.title) !== true,
  );
  const certain = candidates.find(
    (child) =>
      includes(known.suspects, child) ||
      (parent !== undefined && child.image !== '' && parent.image !== '' && child.image !== parent.image),
  );
  if (certain !== undefined) return { kind: 'certain', master: certain };
  const likely = candidates.filter(
    (child) => child.image === '' && (shows(roles.readyMaster, child) || child.catches.includes(reexec.signal)),
  );
  return { kind: 'likely', masters: likely.map(reference) };
}

/** A master that somebody else's reload left beside or instead of the old one, right below `parent`. */
export const findMaster = (roles: Roles, processes: Processes, parent: ProcessRef): ProcessInfo | undefined =>
  childrenOf(processes, parent).find(
    (child) => shows(roles.readyMaster, child) && isProgram(roles, child) && !isForkOf(processes, child, parent),
  );

/** A fork has its master's handlers for some milliseconds: where only they mark a master, its image must tell the two apart. */
const isProgram = ({ readyMaster }: Roles, child: ProcessInfo): boolean =>
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
  const members = processes.filter(
    (process) =>
      process.state !== 'Z' &&
      (isSameProcess(process, generation.master) ||
        process.parentPid === generation.master.pid ||
        includes(generation.workers, process) ||
        (generation.image !== '' && process.image === generation.image)),
  );
  return withDescendants(processes, members);
}

/** The list before, where the one after names the same processes. */
export const orSameList = (before: readonly ProcessRef[], after: readonly ProcessRef[]): readonly ProcessRef[] =>
  before.length === after.length && before.every((process) => includes(after, process)) ? before : after;

/** Only what names a process, for keeping. */
export const reference = ({ pid, startTicks }: ProcessRef): ProcessRef => ({ pid, startTicks });
