import type { Signal } from './signal.ts';

/**
 * One process, for ever: the kernel reuses pids, but not a pid together with its start time.
 *
 * Units   `startTicks` in clock ticks since boot
 * Source  proc_pid_stat(5), field 22
 */
export interface ProcessRef {
  readonly pid: number;
  readonly startTicks: number;
}

/** Compares by pid and start time. */
export const isSameProcess = (a: ProcessRef, b: ProcessRef): boolean =>
  a.pid === b.pid && a.startTicks === b.startTicks;

/** How much more memory there is, and how much one more worker is likely to take. */
export interface MemorySight {
  /** Up to the nearest limit; undefined where there is none. */
  readonly roomBytes: number | undefined;
  /** The largest of the workers that were weighed. */
  readonly workerBytes: number;
}

/** What one look at /proc says about a process below a shim. */
export interface ProcessInfo extends ProcessRef {
  readonly parentPid: number;
  /** One letter, as in proc_pid_stat(5): R, S, D, T, Z … */
  readonly state: string;
  /** The command line as `ps` shows it: what the process calls itself now. */
  readonly title: string;
  /**
   * The addresses of stack, arguments and environment. A fork keeps them and an exec changes them, so processes
   * with equal images are forks of one exec. Empty when the kernel does not show them to us.
   *
   * Source  proc_pid_stat(5), fields 28, 48 and 50
   */
  readonly image: string;
  /** The signals that the process catches. */
  readonly catches: readonly Signal[];
  /** Whether it has touched its heartbeat file; absent where nobody looked for one, or it is hidden from us. */
  readonly hasBeaten?: boolean;
  /** Whether it waits for connections on a socket that its shim holds; absent where nobody looked, or it is hidden from us. */
  readonly isAccepting?: boolean;
  /** The names of its threads; absent where nobody looked. */
  readonly threads?: readonly string[];
}
