import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessInfo, ProcessRef } from '../model/process.ts';
import { hasBeaten } from './heartbeat.ts';
import { signalName, type Signal } from '../model/signal.ts';

/** One line of /proc/PID/stat, as far as it matters here. */
export interface ProcessStat extends ProcessRef {
  readonly parentPid: number;
  /** Named after the processes that lead them, or did. */
  readonly group: number;
  readonly session: number;
  readonly state: string;
  /** What the process is called when it has no command line: 15 bytes at most, and any bytes at all. */
  readonly comm: string;
  /** See `ProcessInfo`. */
  readonly image: string;
}

/** Longest title in characters; `ps` is read by people. */
export const titleMaxLength = 512;

/**
 * Reads the content of /proc/PID/stat.
 *
 * Shape   "7 (ruby) S 1 …" → { pid: 7, comm: 'ruby', state: 'S', parentPid: 1, … }
 * Fails   returns undefined for what is not such a line
 * Source  proc_pid_stat(5)
 */
export function parseStat(content: string): ProcessStat | undefined {
  // The name may contain anything, ")" and newlines included; what follows it cannot.
  const [open, close] = [content.indexOf(' ('), content.lastIndexOf(') ')];
  if (open === -1 || close < open) return undefined;
  const rest = content
    .slice(close + 2)
    .trimEnd()
    .split(' ');
  const field = (number: number): string => rest[number - 3] ?? '';
  const pid = natural(content.slice(0, open));
  const parentPid = natural(field(4));
  const startTicks = natural(field(22));
  // One that has been handed over from outside our pid namespace is in a group of number 0.
  const [group, session] = [natural(field(5)), natural(field(6))];
  if (pid === undefined || parentPid === undefined || startTicks === undefined) return undefined;
  if (group === undefined || session === undefined) return undefined;
  const addresses = [field(28), field(48), field(50)];
  const isShown = addresses.some((address) => /^[1-9]\d*$/.test(address));
  return {
    pid,
    startTicks,
    parentPid,
    group,
    session,
    state: field(3),
    comm: content.slice(open + 2, close),
    image: isShown ? addresses.join(' ') : '',
  };
}

const natural = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Turns the content of /proc/PID/cmdline into one line of printable text; `comm` stands in for an empty one, as in `ps`. */
export function parseTitle(content: string, comm: string): string {
  const readable = (text: string): string =>
    text
      .slice(0, titleMaxLength * 2)
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .slice(0, titleMaxLength);
  return readable(content) || `[${readable(comm)}]`;
}

/** Reads the standard signals out of the `SigCgt` line of /proc/PID/status; none when there is no such line. */
export function parseCatches(content: string): readonly Signal[] {
  // The lower half of the mask: what is above are real-time signals, which have no names.
  const low = /^SigCgt:\s*[\da-f]*?([\da-f]{1,8})$/m.exec(content)?.[1];
  if (low === undefined) return [];
  const mask = parseInt(low, 16);
  const numbers = Array.from({ length: 31 }, (_, index) => index + 1);
  return numbers.filter((number) => (mask >>> (number - 1)) & 1).flatMap((number) => signalName(number) ?? []);
}

/** Says which process has the pid now, a zombie included; undefined when none has, or none that we may see. */
export function readProcess(pid: number): ProcessRef | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid: stat.pid, startTicks: stat.startTicks };
}

/** What there is to see of this one process; undefined when it has ended. */
export function lookAt({ pid, startTicks }: ProcessRef): ProcessInfo | undefined {
  const stat = readStat(pid);
  return stat?.startTicks === startTicks ? describe(stat) : undefined;
}

/** Every process whose chain of parents leads to `pid`, itself excluded, parents before children. */
export const processesBelow = (pid: number): ProcessInfo[] => descendantsOf(pid, everyStat()).map(describe);

/** The same with what their heartbeat files say, where workers have such. */
export function beatingProcessesBelow(pid: number, file: RegExp): ProcessInfo[] {
  return processesBelow(pid).map((process) => {
    const beaten = hasBeaten(process.pid, file);
    return beaten === undefined ? process : { ...process, hasBeaten: beaten };
  });
}

/** The same with the names of their threads, which every user may read. */
export const threadedProcessesBelow = (pid: number): ProcessInfo[] =>
  processesBelow(pid).map((process) => ({ ...process, threads: threadsOf(process.pid) }));

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => readEntry(pid, `task/${thread}/comm`).trimEnd());
  } catch {
    // It has ended since it was listed.
    return [];
  }
}

/** The part of a table that is below `pid`, parents before children, each once. */
export function descendantsOf(pid: number, table: readonly ProcessStat[]): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  for (const stat of table) children.set(stat.parentPid, [...(children.get(stat.parentPid) ?? []), stat]);
  const found: ProcessStat[] = [...(children.get(pid) ?? [])];
  // A pass over a changing table can contradict itself; nobody may be his own ancestor in it.
  const seen = new Set([pid, ...found.map((stat) => stat.pid)]);
  for (const parent of found) {
    for (const child of children.get(parent.pid) ?? []) {
      if (seen.has(child.pid)) continue;
      seen.add(child.pid);
      found.push(child);
    }
  }
  return found;
}

/** One look at every process that is shown to us. */
export function everyStat(): ProcessStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => readStat(Number(name)) ?? []);
}

function describe({ pid, startTicks, parentPid, state, image, comm }: ProcessStat): ProcessInfo {
  return {
    ...{ pid, startTicks, parentPid, state, image },
    title: parseTitle(readEntry(pid, 'cmdline'), comm),
    catches: parseCatches(readEntry(pid, 'status')),
  };
}

const readStat = (pid: number): ProcessStat | undefined => parseStat(readEntry(pid, 'stat'));

function readEntry(pid: number, entry: 'stat' | 'cmdline' | 'status' | `task/${string}/comm`): string {
  try {
    return readFileSync(`/proc/${pid}/${entry}`, 'utf8');
  } catch {
    // It has ended since it was listed, or belongs to somebody who hides it: to us both are absence.
    return '';
  }
}
