import { join } from 'node:path';

import { BorginitError, errors } from '../../model/errors.ts';
import type { Config } from '../../model/spec.ts';
import type { Supervisor } from '../../supervisor/api.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { leaveInit } from '../../supervisor/init.ts';
import { runDirFor } from '../../supervisor/run-dir.ts';
import { serveControl } from '../http/control-server.ts';
import { logSupervisor } from '../log/log-subscriber.ts';
import type { Logger } from '../log/logger.ts';
import { createProcessLogger } from '../log/process-logger.ts';
import type { CommandArgs } from './command-line.ts';
import { findConfigFile } from './config-file.ts';
import { shimBinary } from './init-command.ts';
import { passSignals } from './process-signals.ts';
import type { World } from './world.ts';

/**
 * Runs the supervisor with all its surfaces until everything is at rest. Init is told of a failure that no second try
 * would mend, so that it does not start us again; after any other it does, and the services never notice.
 */
export async function supervise(args: CommandArgs, world: World): Promise<number> {
  const { env, stderr } = world;
  process.title = 'borginit supervisor';
  const log = createProcessLogger(env, stderr.isTerminal, stderr.isColoured);
  process.on('uncaughtExceptionMonitor', (err) => log.fatal({ err }, 'supervisor crashed'));
  try {
    const config = await readConfig(args, world, log);
    const runDir = runDirFor(config, env);
    // Whoever started us starts the next one.
    const { orphans = 'keep' } = config.supervisor;
    const supervisor = createSupervisor(config, { runDir, ppidshim: shimBinary(env), env, orphans });
    return await serve(supervisor, runDir, log, args.has('no-init'));
  } catch (error) {
    if (error instanceof BorginitError) await leaveInit(env, errors[error.code].exit);
    throw error;
  }
}

/** A command needs no parser of files, and that parser is most of what a start would load. */
async function readConfig(args: CommandArgs, world: World, log: Logger): Promise<Config> {
  if (args.command.length > 0) {
    const { commandConfig } = await import('../../config/command-config.ts');
    return commandConfig(args.command, world.cwd);
  }
  const { loadConfig } = await import('../../config/load-config.ts');
  const warn = (warning: string): void => log.warn({ warning }, 'configuration is doubtful');
  return loadConfig(findConfigFile(args.valueOf('config'), world), { cwd: world.cwd, warn });
}

/** Not disposed of after a failure: that would stop the services, which a successor is to find. */
async function serve(supervisor: Supervisor, runDir: string, log: Logger, isAlone: boolean): Promise<number> {
  logSupervisor(supervisor, log);
  const left = new Promise<number>((resolve) => supervisor.on('left', ({ status }) => resolve(status)));
  const control = await serveControl(supervisor, join(runDir, 'control.sock'));
  const stopPassing = isAlone ? passSignals(process, (signal) => supervisor.signal(signal)) : undefined;
  try {
    await supervisor.start();
    const status = await left;
    await supervisor[Symbol.asyncDispose]();
    return status;
  } finally {
    stopPassing?.();
    await control.close();
  }
}
