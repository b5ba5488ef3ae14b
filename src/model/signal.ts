/**
 * The standard signals and their numbers on Linux (x86, ARM and RISC-V agree).
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

type StandardSignal = keyof typeof signalNumbers;

/** A standard signal by its name, a real-time one by its number. Shape: "SIGTERM", "SIG37". */
export type Signal = StandardSignal | `SIG${number}`;

const names = new Map<number, StandardSignal>(
  (Object.entries(signalNumbers) as [StandardSignal, number][]).map(([name, number]) => [number, name]),
);

/** Undefined for what is no signal's number: signal(7), "Real-time signals". */
export const signalName = (number: number): Signal | undefined =>
  names.get(number) ?? (Number.isInteger(number) && number >= 32 && number <= 64 ? `SIG${number}` : undefined);

const isStandard = (signal: string): signal is StandardSignal => Object.hasOwn(signalNumbers, signal);

export const signalNumber = (signal: Signal): number =>
  isStandard(signal) ? signalNumbers[signal] : Number(signal.slice('SIG'.length));

/** Reads "TERM", "term", "SIGTERM" or "15", and "37" or "SIG37". Returns undefined for anything else. */
export function parseSignal(text: string): Signal | undefined {
  if (/^\d+$/.test(text)) return signalName(Number(text));
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (isStandard(name)) return name;
  return /^SIG\d+$/.test(name) ? signalName(Number(name.slice('SIG'.length))) : undefined;
}
