import type { CommandArgs } from './command-line.ts';
import type { World } from './world.ts';

/** Carries a command out. Resolves with the exit status. */
export type Command = (args: CommandArgs, world: World) => Promise<number>;
