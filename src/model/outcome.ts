import { signalNumber, type Signal } from './signal.ts';

/** How a process ended, or why it never began. */
export type ExitOutcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: Signal }
  | { readonly kind: 'unspawnable'; readonly errno: string }
  /** It is gone, and nobody is left who could say how. */
  | { readonly kind: 'unknown' };

/**
 * The status that a POSIX shell reports: the code, 128 + the signal's number, 127 for a command that does not exist
 * and 126 for one that cannot be executed. An unknown outcome is a failure: 1.
 */
export function exitStatus(outcome: ExitOutcome): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code;
    case 'signaled':
      return 128 + signalNumber(outcome.signal);
    case 'unspawnable':
      return outcome.errno === 'ENOENT' ? 127 : 126;
    case 'unknown':
      return 1;
  }
}

/** Shape: "exited with 3", "was killed by SIGSEGV", "could not be started (ENOENT)". */
export function describeOutcome(outcome: ExitOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exited with ${outcome.code}`;
    case 'signaled':
      return `was killed by ${outcome.signal}`;
    case 'unspawnable':
      return `could not be started (${outcome.errno})`;
    case 'unknown':
      return 'ended unseen';
  }
}
