/**
 * The signals that a process can be sent by name, and their numbers on Linux (x86, ARM and RISC-V agree).
 *
 * Source  signal(7), "Signal numbering for standard signals"
 */
export const signalNumbers = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

export type Signal = keyof typeof signalNumbers;

const names = new Map<number, Signal>(
  (Object.entries(signalNumbers) as [Signal, number][]).map(([name, number]) => [number, name]),
);

/** The name of a standard signal's number; real-time signals (32 and up) have none. */
export const signalName = (number: number): Signal | undefined => names.get(number);

/** Reads "TERM", "term", "SIGTERM" or "15". Returns undefined for anything else. */
export function parseSignal(text: string): Signal | undefined {
  if (/^\d+$/.test(text)) return signalName(Number(text));
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return Object.hasOwn(signalNumbers, name) ? (name as Signal) : undefined;
}
