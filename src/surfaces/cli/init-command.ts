import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';

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
export function initCommand({ env, execPath, execArgv, argv }: Started, options: readonly string[] = []): InitCommand {
  const file = shimBinary(env);
  // The supervisor gives it a better name as soon as it has read one.
  const name = ['--name', 'starting'];
  return { file, args: [file, '--init', ...name, ...options, '--', execPath, ...execArgv, ...argv.slice(1)] };
}

/**
 * The command line of a rehearsal of what this process was started to run.
 *
 * Shape   node borginit.js run --rehearse -c file
 */
export function rehearsalCommand({ execPath, execArgv, argv }: Started): readonly [string, ...string[]] {
  const at = argv[2] === 'run' ? 3 : 2;
  return [execPath, ...execArgv, ...argv.slice(1, at), '--rehearse', ...argv.slice(at)];
}

/** The ppidshim binary: $BORGINIT_PPIDSHIM, or the package's own. Fails with SHIM_MISSING. */
export function shimBinary(env: NodeJS.ProcessEnv): string {
  const path = env['BORGINIT_PPIDSHIM'] ?? packagedShim();
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    throw missing(path, (error as NodeJS.ErrnoException).code ?? '', error);
  }
  const [ours, theirs] = [machineOf(process.execPath), machineOf(path)];
  if (ours !== '' && theirs !== '' && ours !== theirs) throw missing(path, 'it was built for another architecture');
  return path;
}

const missing = (path: string, reason: string, cause?: unknown): BorginitError =>
  new BorginitError('SHIM_MISSING', `cannot run ${path}: ${reason}`, { cause });

/** What a program was built for, as far as it says so: class, byte order and machine of its header, see elf(5). */
function machineOf(path: string): string {
  const header = Buffer.alloc(20);
  const descriptor = openSync(path, 'r');
  const isElf = readSync(descriptor, header) === header.length && header.toString('latin1', 0, 4) === '\x7fELF';
  closeSync(descriptor);
  return isElf ? header.toString('hex', 4, 6) + header.toString('hex', 18) : '';
}
