import type { Config } from '../../model/spec.ts';
import type { CommandArgs } from './command-line.ts';
import { findConfigFile } from './config-file.ts';
import type { World } from './world.ts';

/**
 * What `run` was asked to run. A command needs no parser of files, and that parser is most of what a start would load.
 *
 * Fails   CONFIG_INVALID, CONFIG_UNREADABLE, USAGE
 */
export async function readConfig(args: CommandArgs, world: World, warn: (warning: string) => void): Promise<Config> {
  if (args.command.length > 0) {
    const { commandConfig } = await import('../../config/command-config.ts');
    return commandConfig(args.command, world.cwd);
  }
  const { loadConfig } = await import('../../config/load-config.ts');
  return loadConfig(findConfigFile(args.valueOf('config'), world), { cwd: world.cwd, warn });
}
