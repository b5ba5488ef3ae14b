/** The two generations of a reload, as one look shows them: who belongs to which, and what the new one still lacks. */
import type { Millis } from '../../model/identity.ts';
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import { orSame, type Turn } from '../step.ts';
import type { In } from '../life.ts';
import { find, follow, followWorkers, includes, isReady, orSameList, reference, treeOf, workersOf } from './roles.ts';
import type { Fresh, Handover, InPhase, Plan } from './state.ts';

type Processes = readonly ProcessInfo[];
type Watched = InPhase<'proving'> | InPhase<'handing-over'> | InPhase<'soaking'>;

/** Whether the new generation's master is the old one's, or takes its place. */
export const isInPlace = ({ strategy }: Plan): boolean => strategy !== 'reexec' && strategy !== 'overlap';

/** A generation as it begins, with nothing seen of its workers yet. */
export const newGeneration = (turn: Turn, master: ProcessRef, image: string): Fresh => ({
  master: reference(master),
  image,
  startedAt: turn.stamp.wall,
  workers: [],
  deaths: 0,
  readyAt: undefined,
});

/** Two generations of a server of which nothing is known: whatever they have made may be what serves. */
const isUnknown = ({ spec }: Turn, { strategy }: Pick<Plan, 'strategy'>): boolean =>
  strategy === 'overlap' && spec.server.roles === undefined;

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
  reload: Pick<Watched, 'fresh' | 'old' | 'strategy'>,
): ProcessInfo[] => {
  const { fresh, old } = reload;
  if (isUnknown(turn, reload)) return treeOf(processes, fresh.master);
  return workersOf(turn.spec.server.roles, processes, fresh.master).filter((one) => !includes(old, one));
};

/** The old workers that still live. Beside a new master the old one may yet replace one that died. */
export const oldWorkers = (
  turn: Turn,
  { life }: In<'reloading'>,
  processes: Processes,
  reload: Watched,
): readonly ProcessRef[] => {
  if (isInPlace(reload)) return stillAlive(processes, reload.old);
  const { main } = life.serving;
  if (isUnknown(turn, reload)) return follow(processes, reload.old, treeOf(processes, main));
  return followWorkers(turn.spec.server.roles, processes, main, reload.old);
};

export const stillAlive = (processes: Processes, known: readonly ProcessRef[]): readonly ProcessRef[] =>
  orSameList(
    known,
    known.filter((one) => find(processes, one) !== undefined),
  );

/** The new generation with what this look adds: who its workers are, and how many of those known before are gone. */
export function observe(
  turn: Turn,
  processes: Processes,
  reload: Pick<Watched, 'fresh' | 'old' | 'strategy' | 'handover'>,
): Fresh {
  const { fresh } = reload;
  const seen = newWorkers(turn, processes, reload);
  const workers = seen.map(reference);
  const gone = fresh.workers.filter((worker) => find(processes, worker) === undefined).length;
  return orSame(fresh, {
    ...fresh,
    workers: orSameList(fresh.workers, workers),
    deaths: fresh.deaths + Math.max(0, gone - mayGo(reload)),
    readyAt: readyAt(turn, reload, seen),
    image: find(processes, fresh.master)?.image ?? fresh.image,
  });
}

/** Once ready, always ready; but for a program that hid for a moment what it then shows not to be. */
function readyAt(
  turn: Turn,
  reload: Pick<Watched, 'fresh' | 'strategy'>,
  seen: readonly ProcessInfo[],
): Millis | undefined {
  const { fresh } = reload;
  if (isUnknown(turn, reload))
    return isAnyAccepting(seen) || isHidden(seen) ? (fresh.readyAt ?? turn.stamp.at) : undefined;
  const isAnyReady = seen.some((worker) => isReady(turn.spec.server.roles, worker));
  return fresh.readyAt ?? (isAnyReady ? turn.stamp.at : undefined);
}
/** So many of the new workers may end without having died: when it is narrowed, all but the last. */
const mayGo = ({ fresh, handover }: { readonly fresh: Fresh; readonly handover: Handover }): number =>
  handover.kind === 'narrowing' ? Math.max(0, fresh.workers.length - 1) : 0;

/** How many workers make the new generation complete. */
export function needed(turn: Turn, { strategy, handover }: Plan, expected: number): number {
  const { roles } = turn.spec.server;
  // What a command does is its own affair, and the answers are all there is to go by.
  if (roles === undefined || strategy === 'command') return 0;
  if (roles.workers === 'varying') return Math.min(1, expected);
  return handover.kind === 'narrowing' ? 1 : Math.max(1, expected);
}

/** What the new generation still lacks; empty when it is complete. Shape: "3 of 4 workers run, 1 of them ready". */
export function wanting(turn: Turn, reload: Plan, workers: readonly ProcessInfo[], wanted: number): string {
  const { roles } = turn.spec.server;
  if (isUnknown(turn, reload)) return wantingUnknown(workers, phaseAge(turn, reload));
  const ready = workers.filter((worker) => isReady(roles, worker)).length;
  if (workers.length >= wanted && ready === workers.length) return '';
  return `${workers.length} of ${wanted} workers run, ${ready} of them ready`;
}

/** A shell before a server, or a logger beside it, never accepts: it is enough that one does. */
function wantingUnknown(processes: readonly ProcessInfo[], age: Millis): string {
  if (processes.length === 0) return 'it does not run';
  if (isAnyAccepting(processes)) return '';
  return isHidden(processes) && age >= hiddenMs ? '' : 'it does not accept connections yet';
}

const isHidden = (processes: readonly ProcessInfo[]): boolean =>
  processes.every(({ isAccepting }) => isAccepting === undefined);

const isAnyAccepting = (processes: readonly ProcessInfo[]): boolean =>
  processes.some(({ isAccepting }) => isAccepting === true);

/** A program that does not show whether it accepts is asked after so long: before that it would only stop the old generation. */
const hiddenMs = 5_000;

const phaseAge = ({ stamp }: Turn, { requestedAt, timeline }: Plan): Millis =>
  stamp.at - requestedAt - (timeline.at(-1)?.afterMs ?? 0);

/** So many dead workers of a new generation condemn it: more than chance kills, fewer than a fork loop makes in a second. */
export const fatalDeaths = 3;

/** The reason for a rollback when workers die, or undefined while too few have. */
export function condemned(turn: Turn, { deaths }: Fresh): string | undefined {
  // Where workers come and go with the work, their ends say nothing, nor where nobody knows what they are.
  if (turn.spec.server.roles?.workers !== 'fixed') return undefined;
  return deaths >= fatalDeaths ? `${deaths} workers of the new generation have ended` : undefined;
}

/** Who stands still during a proof: the old workers, but not those that a command may have left in office. */
export const frozenFor = ({ strategy, old }: Watched): readonly ProcessRef[] => (strategy === 'command' ? [] : old);
