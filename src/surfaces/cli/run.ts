import type { CommandArgs } from './command-line.ts';
import { initCommand } from './init-command.ts';
import type { World } from './world.ts';

/**
 * `borginit run`: becomes init where there is none above it yet, and supervises below it. Everything heavy is loaded
 * only then.
 */
export async function run(args: CommandArgs, world: World): Promise<number> {
  if (args.has('rehearse')) {
    const { rehearseRun } = await import('./rehearse-run.ts');
    return rehearseRun(args, world);
  }
  const isBelowInit = world.env['BORGINIT_INIT_FD'] !== undefined;
  if (!isBelowInit && !args.has('no-init')) {
    const { file, args: argv } = initCommand(process);
    process.execve?.(file, argv, process.env);
  }
  const { supervise } = await import('./supervise.ts');
  return supervise(args, world);
}
