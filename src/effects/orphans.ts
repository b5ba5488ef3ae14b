/** What a shim that was killed has left: nobody is its parent any more, so it is looked for, and signalled by us. */
import { readFileSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Millis } from '../model/identity.ts';
import { isSameProcess, type ProcessRef } from '../model/process.ts';
import type { Signal } from '../model/signal.ts';
import { monotonicNow } from './clock.ts';
import { descendantsOf, everyStat, lookAt, readProcess, type ProcessStat } from './proc.ts';

/** In the environment of all that a shim starts. Source: ppidshim's `mark` */
const markName = 'BORGINIT_SHIM';

/** What every shim is called first. Source: ppidshim's set_title() */
const shimName = 'ppidshim';

/** Between two looks at a process that is about to end. */
const pauseMs = 2;

/** Between two looks at all of them. */
const lookPauseMs = 20;

/** How much later than the clock says the machine may have been booted. */
const clockSlackMs = 60_000;

/**
 * The shim that listened at this socket last, by what it wrote into its lock file; undefined where it left in good order.
 * What was written before the machine was booted says nothing: its pids are somebody else's.
 */
export function formerShim(socket: string): ProcessRef | undefined {
  const lock = `${socket}.lock`;
  try {
    if (statSync(lock).mtimeMs < Date.now() - uptime() * 1_000 - clockSlackMs) return undefined;
    const [, pid, startTicks] = /^(\d{1,10}) (\d{1,15})\n$/.exec(readFileSync(lock, 'latin1')) ?? [];
    return pid === undefined ? undefined : { pid: Number(pid), startTicks: Number(startTicks) };
  } catch {
    // There is none.
    return undefined;
  }
}

/**
 * The living processes that these have left, who are shims that are no more and processes that were below them: those
 * themselves, whoever carries the mark of one or is in its session or its group, and all that is below any of these. The
 * environment of another user's process may be hidden from us, and one may have been cleared: that is what the session is for.
 */
export function lookForOrphans(of: readonly ProcessRef[]): readonly ProcessRef[] {
  if (of.length === 0) return [];
  const found = look(of);
  // One that forks behind the look and ends before it is come to is missed, and so is its child: not twice in a row.
  return found.length === 0 ? look(of) : found;
}

function look(of: readonly ProcessRef[]): readonly ProcessRef[] {
  const table = everyStat();
  const byPid = new Map(table.map((stat) => [stat.pid, stat]));
  // A shim that lives has left nothing.
  const gone = of.filter((one) => !isLivingShim(byPid.get(one.pid), one));
  // A group or session keeps its number from being given out again; with another process under it, all of them have ended.
  const numbers = new Set(gone.filter((one) => isFree(byPid.get(one.pid), one)).map(({ pid }) => pid));
  const isNear = (stat: ProcessStat): boolean =>
    numbers.has(stat.session) || numbers.has(stat.group) || gone.some((one) => isSameProcess(one, stat));
  const spared = sparedIn(table, byPid, isNear);
  const marks = new Set(gone.map(({ pid, startTicks }) => `${markName}=${pid}:${startTicks}`));
  const isLeft = (stat: ProcessStat): boolean => isNear(stat) || hasMark(stat.pid, marks);
  const roots = table.filter((stat) => !spared.has(stat.pid) && isLeft(stat));
  const left = new Map(roots.flatMap((root) => [root, ...descendantsOf(root.pid, table)]).map((one) => [one.pid, one]));
  return [...left.values()]
    .filter(({ pid, state }) => !spared.has(pid) && !hasEnded(state))
    .map(({ pid, startTicks }) => ({ pid, startTicks }));
}

const isLivingShim = (now: ProcessStat | undefined, one: ProcessRef): boolean =>
  now !== undefined && isSameProcess(now, one) && isShim(now);

const isShim = ({ comm, state }: ProcessStat): boolean => comm.startsWith(shimName) && !hasEnded(state);

const isFree = (now: ProcessRef | undefined, one: ProcessRef): boolean => now === undefined || isSameProcess(now, one);

/** Init, we and all above us, and every shim that lives with all that is below it, but for one that we are below of ourselves. */
function sparedIn(
  table: readonly ProcessStat[],
  byPid: ReadonlyMap<number, ProcessStat>,
  isNear: (stat: ProcessStat) => boolean,
): ReadonlySet<number> {
  const spared = new Set([1]);
  for (let at = byPid.get(process.pid); at !== undefined && !spared.has(at.pid); at = byPid.get(at.parentPid)) {
    spared.add(at.pid);
  }
  // A command that has not been executed yet still has its shim's name.
  const shims = table.filter((stat) => isShim(stat) && !isNear(stat) && !spared.has(stat.pid));
  for (const shim of shims) for (const { pid } of [shim, ...descendantsOf(shim.pid, table)]) spared.add(pid);
  return spared;
}

/** A zombie has ended, whoever is to reap it. Source: proc_pid_stat(5), field 3 */
const hasEnded = (state: string): boolean => state === 'Z' || state === 'X';

function hasMark(pid: number, marks: ReadonlySet<string>): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .some((variable) => marks.has(variable));
  } catch {
    // It has ended since it was listed, or belongs to another user.
    return false;
  }
}

/**
 * Signals this process and no other, as far as that can be had: Node has no process descriptors, so between the look at
 * its start time and the signal it could end and its number be given out anew. That takes microseconds, in which the
 * kernel would have to give out all other numbers first. Returns what went wrong; empty when nothing did.
 */
export function signalOrphan({ pid, startTicks }: ProcessRef, signal: Signal): string {
  if (readProcess(pid)?.startTicks !== startTicks) return '';
  try {
    process.kill(pid, signal);
    return '';
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return code === 'ESRCH' ? '' : code;
  }
}

/**
 * Resolves with whether this process has ended by then. A process that is killed closes its sockets before it hands its
 * children to another: who has only seen the first would look for them in the wrong place.
 */
export async function hasEndedWithin(one: ProcessRef, withinMs: Millis): Promise<boolean> {
  const giveUpAt = monotonicNow() + withinMs;
  while (!hasEnded(lookAt(one)?.state ?? 'X')) {
    if (monotonicNow() >= giveUpAt) return false;
    await delay(pauseMs);
  }
  return true;
}

/** Resolves with whether a look finds none of them any more by then. */
export async function haveEndedWithin(find: () => readonly ProcessRef[], withinMs: Millis): Promise<boolean> {
  const giveUpAt = monotonicNow() + withinMs;
  while (find().length > 0) {
    if (monotonicNow() >= giveUpAt) return false;
    await delay(lookPauseMs);
  }
  return true;
}

/** Kills what these have left until nothing is; resolves with whether that was so in time. */
export const killOrphans = (of: readonly ProcessRef[], withinMs: Millis): Promise<boolean> =>
  haveEndedWithin(() => {
    const left = lookForOrphans(of);
    for (const one of left) signalOrphan(one, 'SIGKILL');
    return left;
  }, withinMs);
