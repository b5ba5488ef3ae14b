import { accessSync, constants } from 'node:fs';

import { BorginitError } from '../../model/errors.ts';
import { packagedShim } from './package-files.ts';

/** What this process must become so that init stands above the supervisor. */
export interface InitCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** The parts of `process` that say how it was started. */
export interface Started {
  readonly env: NodeJS.ProcessEnv;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  /** Node, the script, and the script's arguments. */
  readonly argv: readonly string[];
}

/**
 * The command line of init with this very command line below it. Fails with SHIM_MISSING.
 *
 * Shape   ppidshim --init --name starting -- node borginit.js run -c file
 */
export function initCommand({ env, execPath, execArgv, argv }: Started): InitCommand {
  const file = shimBinary(env);
  // The supervisor gives it a better name as soon as it has read one.
  const name = ['--name', 'starting'];
  return { file, args: [file, '--init', ...name, '--', execPath, ...execArgv, ...argv.slice(1)] };
}

/** The ppidshim binary: $BORGINIT_PPIDSHIM, or the package's own. Fails with SHIM_MISSING. */
export function shimBinary(env: NodeJS.ProcessEnv): string {
  const path = env['BORGINIT_PPIDSHIM'] ?? packagedShim();
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (error) {
    throw new BorginitError('SHIM_MISSING', `cannot run ${path}: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
      cause: error,
    });
  }
}
