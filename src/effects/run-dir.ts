import { accessSync, constants, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BorginitError } from '../model/errors.ts';
import type { InstanceId } from '../model/identity.ts';

/** Longest path of a unix socket: sun_path has 108 bytes, the last of which is NUL. See unix(7). */
const socketPathMaxBytes = 107;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the shim of an instance listens. */
export const shimSocketOf = (runDir: string, instance: InstanceId): string =>
  join(runDir, 'services', instance, 'shim.sock');

/** The instances that have ever run there: what is left of them may be nothing but a directory. */
export function instancesIn(runDir: string): readonly InstanceId[] {
  try {
    return readdirSync(join(runDir, 'services')) as InstanceId[];
  } catch {
    // None has.
    return [];
  }
}

/** Where the shim of its trial listens. */
export const trialSocketOf = (runDir: string, instance: InstanceId): string =>
  join(runDir, 'services', instance, 'trial.sock');

/** Through which an instance's output comes, where it does not go where ours does. */
export const outputPipeOf = (runDir: string, instance: InstanceId): string =>
  join(runDir, 'services', instance, 'output');

/** Through which that of its trial does. */
export const trialOutputPipeOf = (runDir: string, instance: InstanceId): string =>
  join(runDir, 'services', instance, 'trial-output');

/**
 * Finds or creates the directory of a supervisor's sockets and its journal: $BORGINIT_RUN_DIR and nothing else where it
 * is set, otherwise the first usable of /run/borginit, $XDG_RUNTIME_DIR/borginit and /tmp/borginit-UID. Each of the
 * instances will have a socket in it. Returns its path.
 *
 * Fails  throws RUN_DIR_UNUSABLE that says of each what is wrong with it
 */
export function openRunDir(env: Environment, instances: readonly InstanceId[]): string {
  const problems: string[] = [];
  for (const path of candidates(env)) {
    const problem = tooLong(path, instances) ?? create(path) ?? check(path);
    if (problem === undefined) return path;
    problems.push(`cannot use run directory ${path}: ${problem}`);
  }
  throw new BorginitError('RUN_DIR_UNUSABLE', problems.join('; '));
}

/** Makes it again where somebody has removed it under a running supervisor. Returns what is wrong with what is there. */
export const restoreRunDir = (path: string): string | undefined =>
  existsSync(path) ? undefined : (create(path) ?? check(path));

/**
 * Finds the run directory of a supervisor that runs already, without creating anything; undefined when there is none.
 * One that was named is taken as it is; in the usual places it must be our own, so that nobody can pose as our supervisor.
 */
export function findRunDir(env: Environment): string | undefined {
  const isNamed = isSet(env['BORGINIT_RUN_DIR']);
  return candidates(env).find(
    (path) => existsSync(join(path, 'control.sock')) && (isNamed || check(path) === undefined),
  );
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

function candidates(env: Environment): string[] {
  const [named, session] = [env['BORGINIT_RUN_DIR'], env['XDG_RUNTIME_DIR']];
  if (isSet(named)) return [named];
  return ['/run/borginit', ...(isSet(session) ? [join(session, 'borginit')] : []), `/tmp/borginit-${ownUid()}`];
}

const ownUid = (): number => process.geteuid?.() ?? -1;

function create(path: string): string | undefined {
  if (!path.startsWith('/')) return 'it is not an absolute path';
  try {
    mkdirSync(path, { mode: 0o700 });
    return undefined;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    return code === 'ENOENT' ? 'its parent directory does not exist' : `it cannot be created (${code})`;
  }
}

function check(path: string): string | undefined {
  try {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return 'it is a symbolic link, expected a directory';
    if (!stats.isDirectory()) return 'it is not a directory';
    if (stats.uid !== ownUid()) return `it belongs to uid ${stats.uid}, expected uid ${ownUid()}`;
    const mode = stats.mode & 0o777;
    if ((mode & 0o022) !== 0)
      return `its mode is ${octal(mode)}, expected one that only its owner may write to, such as 0700`;
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `it cannot be written to (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
}

const octal = (mode: number): string => `0${mode.toString(8)}`;

function tooLong(path: string, instances: readonly InstanceId[]): string | undefined {
  for (const instance of instances) {
    const excess = Buffer.byteLength(trialSocketOf(path, instance)) - socketPathMaxBytes;
    if (excess > 0) return `its path is ${excess} bytes too long for the socket of ${instance}`;
  }
  return undefined;
}
