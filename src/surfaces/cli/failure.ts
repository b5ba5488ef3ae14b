import { BorginitError, errors, type ErrorCode } from '../../model/errors.ts';

/** A failure as the command line tells it. */
export interface FailureReport {
  readonly exit: number;
  /** For people. */
  readonly text: string;
  /** For programs, in the control API's words. */
  readonly body: { readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } };
}

/** Turns whatever was thrown into what is printed, and the status to leave with. Never throws. */
export function failureReport(thrown: unknown): FailureReport {
  const code = thrown instanceof BorginitError ? thrown.code : 'INTERNAL';
  const { exit, hint } = errors[code];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Whoever reads a known failure can do something about it; the way to an unknown one is for its author.
  const stack = code === 'INTERNAL' && thrown instanceof Error ? `${thrown.stack ?? ''}\n` : '';
  return { exit, text: `borginit: ${message}\n  ${code}: ${hint}\n${stack}`, body: { error: { code, message, hint } } };
}
