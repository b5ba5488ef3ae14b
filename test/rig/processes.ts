import { readdirSync, readFileSync } from 'node:fs';

/** One process as a look at /proc shows it. Pids are those of the test's own namespace. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly session: number;
  readonly startTicks: number;
  /** One letter, as in proc_pid_stat(5). */
  readonly state: string;
  /** Equal for forks of one exec, different after an exec. */
  readonly image: string;
}

/** What takes more reads to learn. */
export interface ProcessDetail extends ProcessRow {
  readonly title: string;
  /** The pid in the innermost namespace: what the process itself and its supervisor call it. */
  readonly innerPid: number;
  /** Numbers of the signals that it catches. */
  readonly catches: readonly number[];
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
};

/** Reads one process; undefined when there is none. */
export function readProcess(pid: number): ProcessRow | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  return {
    pid,
    parentPid: Number(field(4)),
    session: Number(field(6)),
    startTicks: Number(field(22)),
    state: field(3),
    image: [field(28), field(48), field(50)].join(' '),
  };
}

/** The command line as `ps` shows it; empty for a zombie. */
export function readTitle(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trimEnd();
}

/** Reads every process of the machine, in no order. */
export function allProcesses(): ProcessRow[] {
  return readdirSync('/proc').flatMap((name) => {
    const row = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    return row === undefined ? [] : [row];
  });
}

/** Finds the descendants of a process among the given ones, parents before children. */
export function descendants(pid: number, all: readonly ProcessRow[] = allProcesses()): ProcessRow[] {
  const children = all.filter((row) => row.parentPid === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** Reads everything below a process, zombies included. */
export function processesBelow(pid: number): ProcessDetail[] {
  return descendants(pid).flatMap((row) => {
    const status = read(`/proc/${row.pid}/status`);
    return status === undefined ? [] : [{ ...row, title: readTitle(row.pid), ...parseStatus(status, row.pid) }];
  });
}

/** Whether that very process still exists and is more than a zombie. */
export function isAlive(process: Pick<ProcessRow, 'pid' | 'startTicks'>): boolean {
  const now = readProcess(process.pid);
  return now?.startTicks === process.startTicks && now.state !== 'Z' && now.state !== 'X';
}

function parseStatus(status: string, pid: number): Pick<ProcessDetail, 'innerPid' | 'catches'> {
  const inner = /^NSpid:.*?(\d+)$/m.exec(status)?.[1];
  const mask = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`);
  const numbers = Array.from({ length: 31 }, (_, index) => index + 1);
  return {
    innerPid: Number(inner ?? pid),
    catches: numbers.filter((number) => ((mask >> BigInt(number - 1)) & 1n) === 1n),
  };
}
