/**
 * Every failure that borginit reports to whoever must act, in one place. Exit statuses follow sysexits(3), but for
 * CONFIG_INVALID, which is 2 as for any other wrong use of a command. `docs/reference/errors.md` has a section for each.
 */
export const errors = {
  USAGE: { exit: 64, hint: 'see `borginit --help`' },
  CONFIG_INVALID: { exit: 2, hint: 'fix the places listed and try `borginit check`' },
  CONFIG_UNREADABLE: { exit: 66, hint: 'check the path and its permissions' },
  RUN_DIR_UNUSABLE: { exit: 73, hint: 'set BORGINIT_RUN_DIR to a directory that you own' },
  CONTROL_IN_USE: { exit: 75, hint: 'another borginit owns this run directory; stop it, or set BORGINIT_RUN_DIR' },
  CONTROL_UNREACHABLE: { exit: 69, hint: 'is borginit running? BORGINIT_RUN_DIR must be the same for both' },
  SHIM_MISSING: { exit: 69, hint: 'run `npm run build:shim`, or set BORGINIT_PPIDSHIM to the binary' },
  SERVICE_UNKNOWN: { exit: 64, hint: '`borginit status` lists the services' },
  REQUEST_REFUSED: { exit: 1, hint: '`borginit status` shows the present state' },
  UNHEALTHY: { exit: 1, hint: '`borginit status` shows which service' },
  INTERNAL: { exit: 70, hint: 'please report this with the log' },
} as const satisfies Record<string, { readonly exit: number; readonly hint: string }>;

export type ErrorCode = keyof typeof errors;

/** The operator or the host must act. The message reads "cannot verb object: reason". */
export class BorginitError extends Error {
  override readonly name = 'BorginitError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
