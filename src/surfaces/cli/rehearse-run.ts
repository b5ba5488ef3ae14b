import { BorginitError, errors } from '../../model/errors.ts';
import { rehearse } from '../../supervisor/rehearsal.ts';
import { runDirFor } from '../../supervisor/run-dir.ts';
import type { CommandArgs } from './command-line.ts';
import { shimBinary } from './init-command.ts';
import { packageVersion } from './package-files.ts';
import { readConfig } from './run-config.ts';
import type { World } from './world.ts';

/**
 * `borginit run --rehearse`: what `run` would do until the first service is touched. Its last line is for the
 * supervisor that asks: `borginit VERSION would come up`, or what is in the way.
 */
export async function rehearseRun(args: CommandArgs, world: World): Promise<number> {
  const { env, stderr, stdout } = world;
  const warn = (warning: string): void => stderr.write(`borginit: configuration is doubtful: ${warning}\n`);
  try {
    const config = await readConfig(args, world, warn);
    shimBinary(env);
    const problem = await rehearse(config, runDirFor(config, env));
    if (problem !== '') throw new BorginitError('REQUEST_REFUSED', problem);
    stdout.write(`borginit ${packageVersion()} would come up\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof BorginitError)) throw error;
    stderr.write(`borginit: ${error.message.replaceAll('\n', '; ')}\n`);
    return errors[error.code].exit;
  }
}
