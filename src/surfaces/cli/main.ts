import { parseCommandLine, type CommandLine } from './command-line.ts';
import type { Command } from './command.ts';
import type { CommandName } from './commands.ts';
import { failureReport } from './failure.ts';
import type { World } from './world.ts';

type CommandModule = () => Promise<Command>;

/** Each command's code is loaded when it is run: `status` must not pay for the supervisor. */
const modules: Readonly<Record<CommandName, CommandModule>> = {
  run: async () => (await import('./run.ts')).run,
  status: async () => (await import('./status.ts')).status,
  reload: async () => (await import('./operate.ts')).operate('reload'),
  restart: async () => (await import('./operate.ts')).operate('restart'),
  start: async () => (await import('./operate.ts')).operate('start'),
  stop: async () => (await import('./operate.ts')).operate('stop'),
  history: async () => (await import('./history.ts')).history,
  healthcheck: async () => (await import('./healthcheck.ts')).healthcheck,
  upgrade: async () => (await import('./upgrade.ts')).upgrade,
  check: async () => (await import('./check.ts')).check,
};

/** Does what the arguments say. Resolves with the exit status and never rejects: a failure is told on standard error. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  let isJson = false;
  try {
    const line = parseCommandLine(argv);
    if (line.kind !== 'command') return await print(line, world);
    isJson = line.args.has('json');
    const command = await modules[line.name]();
    return await command(line.args, world);
  } catch (error) {
    return tell(error, isJson, world);
  }
}

async function print(line: Exclude<CommandLine, { kind: 'command' }>, world: World): Promise<number> {
  if (line.kind === 'version') {
    const { packageVersion } = await import('./package-files.ts');
    world.stdout.write(`borginit ${packageVersion()}\n`);
    return 0;
  }
  const { renderHelp, renderCommandHelp } = await import('./help.ts');
  world.stdout.write(line.of === undefined ? renderHelp() : renderCommandHelp(line.of));
  return 0;
}

/** With --json, standard output is JSON whatever happens. */
function tell(error: unknown, isJson: boolean, world: World): number {
  const { exit, text, body } = failureReport(error);
  if (isJson) world.stdout.write(`${JSON.stringify(body)}\n`);
  world.stderr.write(text);
  return exit;
}
