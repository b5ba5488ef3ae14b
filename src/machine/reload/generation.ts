/** The two generations of a reload, as one look shows them: who belongs to which, and what the new one still lacks. */
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import { orSame, type Turn } from '../step.ts';
import type { In } from '../life.ts';
import { find, followWorkers, includes, isReady, orSameList, reference, workersOf } from './roles.ts';
import type { Fresh, InPhase, Plan } from './state.ts';

type Processes = readonly ProcessInfo[];
type Watched = InPhase<'proving'> | InPhase<'soaking'>;

/** Whether the new generation's master is the old one's. */
export const isInPlace = ({ strategy }: Plan): boolean => strategy !== 'reexec';

/** A generation as it begins, with nothing seen of its workers yet. */
export const newGeneration = (turn: Turn, master: ProcessRef, image: string): Fresh => ({
  master: reference(master),
  image,
  startedAt: turn.stamp.wall,
  workers: [],
  deaths: 0,
  readyAt: undefined,
});

/**
 * The master, where a look shows it at its post. One that is about to end has given up its memory already, with image and
 * command line, and perhaps its workers: what such a look shows means nothing, and its end will be news of its own.
 */
export function atPost(processes: Processes, master: ProcessRef): ProcessInfo | undefined {
  const seen = find(processes, master);
  return seen?.image === '' && seen.title.startsWith('[') ? undefined : seen;
}

/** The workers of the new generation: under the same master, those that are not old. */
export const newWorkers = (
  turn: Turn,
  processes: Processes,
  { fresh, old }: Pick<Watched, 'fresh' | 'old'>,
): ProcessInfo[] => workersOf(turn.spec.server.roles, processes, fresh.master).filter((one) => !includes(old, one));

/** The old workers that still live. Beside a new master the old one may yet replace one that died. */
export const oldWorkers = (
  turn: Turn,
  { life }: In<'reloading'>,
  processes: Processes,
  reload: Watched,
): readonly ProcessRef[] =>
  isInPlace(reload)
    ? stillAlive(processes, reload.old)
    : followWorkers(turn.spec.server.roles, processes, life.serving.main, reload.old);

export const stillAlive = (processes: Processes, known: readonly ProcessRef[]): readonly ProcessRef[] =>
  orSameList(
    known,
    known.filter((one) => find(processes, one) !== undefined),
  );

/** The new generation with what this look adds: who its workers are, and how many of those known before are gone. */
export function observe(turn: Turn, processes: Processes, reload: Pick<Watched, 'fresh' | 'old'>): Fresh {
  const { fresh } = reload;
  const seen = newWorkers(turn, processes, reload);
  const workers = seen.map(reference);
  const gone = fresh.workers.filter((worker) => find(processes, worker) === undefined).length;
  const isAnyReady = seen.some((worker) => isReady(turn.spec.server.roles, worker));
  return orSame(fresh, {
    ...fresh,
    workers: orSameList(fresh.workers, workers),
    deaths: fresh.deaths + gone,
    readyAt: fresh.readyAt ?? (isAnyReady ? turn.stamp.at : undefined),
    image: find(processes, fresh.master)?.image ?? fresh.image,
  });
}

/** How many workers make the new generation complete. */
export function needed(turn: Turn, { strategy }: Plan, expected: number): number {
  const { roles } = turn.spec.server;
  // What a command does is its own affair, and the answers are all there is to go by.
  if (roles === undefined || strategy === 'command') return 0;
  return roles.workers === 'fixed' ? Math.max(1, expected) : Math.min(1, expected);
}

/** What the new generation still lacks; empty when it is complete. Shape: "3 of 4 workers run, 1 of them ready". */
export function wanting(turn: Turn, workers: readonly ProcessInfo[], wanted: number): string {
  const ready = workers.filter((worker) => isReady(turn.spec.server.roles, worker)).length;
  if (workers.length >= wanted && ready === workers.length) return '';
  return `${workers.length} of ${wanted} workers run, ${ready} of them ready`;
}

/** So many dead workers of a new generation condemn it: more than chance kills, fewer than a fork loop makes in a second. */
export const fatalDeaths = 3;

/** The reason for a rollback when workers die, or undefined while too few have. */
export function condemned(turn: Turn, { deaths }: Fresh): string | undefined {
  // Where workers come and go with the work, their ends say nothing.
  if (turn.spec.server.roles?.workers === 'varying') return undefined;
  return deaths >= fatalDeaths ? `${deaths} workers of the new generation have ended` : undefined;
}

/** Who stands still during a proof: the old workers, but not those that a command may have left in office. */
export const frozenFor = ({ strategy, old }: Watched): readonly ProcessRef[] => (strategy === 'command' ? [] : old);
