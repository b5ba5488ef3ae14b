import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One row of /proc/net/{tcp,tcp6,unix}: where it is bound, and what it is. */
export interface SocketRow {
  readonly inode: string;
  /** A TCP port or the path of a unix socket; two sockets with the same one belong together. */
  readonly local: string;
  readonly kind: 'listening' | 'connected';
}

/**
 * Reads a table of TCP sockets. A half-closed connection counts: its client may still wait for an answer.
 *
 * Source  proc_pid_net(5); the states of include/net/tcp_states.h: 01 ESTABLISHED, 08 CLOSE_WAIT, 0A LISTEN
 */
export function parseTcp(content: string): SocketRow[] {
  const row = /^\s*\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (01|08|0A) (?:\S+\s+){5}(\d+)/gm;
  return [...content.matchAll(row)].map(([, port = '', state, inode = '']) => ({
    inode,
    local: port,
    kind: state === '0A' ? 'listening' : 'connected',
  }));
}

/**
 * Reads a table of unix sockets; those without a path are left out, since nobody can have called them.
 *
 * Source  proc_pid_net(5); flag 00010000 is __SO_ACCEPTCON, state 03 is SS_CONNECTED
 */
export function parseUnix(content: string): SocketRow[] {
  const row = /^[\da-f]+: [\dA-F]+ [\dA-F]+ ([\dA-F]{8}) \d{4} (\d\d) +(\d+) (.+)$/gim;
  return [...content.matchAll(row)].flatMap(([, flags = '', state, inode = '', local = '']): SocketRow[] => {
    if ((parseInt(flags, 16) & 0x10000) !== 0) return [{ inode, local, kind: 'listening' }];
    return state === '03' ? [{ inode, local, kind: 'connected' }] : [];
  });
}

/**
 * Says which of one server's workers hold a connection that came in through a socket on which they listen: the sync
 * ones hold it exactly as long as they are busy with it.
 *
 * Fails  returns undefined when the kernel does not show us a worker's sockets
 */
export function busyWorkers(pids: readonly number[]): ReadonlySet<number> | undefined {
  const [first] = pids;
  if (first === undefined) return new Set();
  try {
    const held = new Map(pids.map((pid) => [pid, socketsOf(pid)]));
    // Workers of one master share a network namespace, which need not be ours.
    return findBusy(held, [
      ...readTcp(first, 'tcp'),
      ...readTcp(first, 'tcp6'),
      ...parseUnix(readTable(first, 'unix')),
    ]);
  } catch {
    return undefined;
  }
}

/** Tells the busy from the idle, given the inodes of the sockets that each holds. */
export function findBusy(
  held: ReadonlyMap<number, ReadonlySet<string>>,
  rows: readonly SocketRow[],
): ReadonlySet<number> {
  const everyHeld = new Set([...held.values()].flatMap((inodes) => [...inodes]));
  const heldRows = rows.filter((row) => everyHeld.has(row.inode));
  const doors = new Set(heldRows.filter((row) => row.kind === 'listening').map((row) => row.local));
  const calls = heldRows.filter((row) => row.kind === 'connected' && doors.has(row.local)).map((row) => row.inode);
  return new Set([...held].filter(([, inodes]) => calls.some((inode) => inodes.has(inode))).map(([pid]) => pid));
}

const readTable = (pid: number, name: string): string => readFileSync(`/proc/${pid}/net/${name}`, 'utf8');

function readTcp(pid: number, name: 'tcp' | 'tcp6'): SocketRow[] {
  try {
    return parseTcp(readTable(pid, name));
  } catch (error) {
    // A kernel without IPv6 has no such table, and no such sockets either.
    if (name === 'tcp6' && (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function socketsOf(pid: number): ReadonlySet<string> {
  const links = readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed since it was listed.
    return '';
  }
}
