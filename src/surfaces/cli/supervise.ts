import { join } from 'node:path';

import { BorginitError, errors } from '../../model/errors.ts';
import type { Upgrade } from '../../model/upgrade.ts';
import type { Supervisor } from '../../supervisor/api.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { leaveInit } from '../../supervisor/init.ts';
import { runDirFor } from '../../supervisor/run-dir.ts';
import { rehearseSuccessor } from '../../supervisor/successor.ts';
import { serveControl } from '../http/control-server.ts';
import { logSupervisor } from '../log/log-subscriber.ts';
import type { Logger } from '../log/logger.ts';
import { createProcessLogger } from '../log/process-logger.ts';
import type { CommandArgs } from './command-line.ts';
import { rehearsalCommand, shimBinary } from './init-command.ts';
import { packageVersion } from './package-files.ts';
import { passSignals } from './process-signals.ts';
import { readConfig } from './run-config.ts';
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
    const warn = (warning: string): void => log.warn({ warning }, 'configuration is doubtful');
    const config = await readConfig(args, world, warn);
    const runDir = runDirFor(config, env);
    // Whoever started us starts the next one.
    const { orphans = 'keep' } = config.supervisor;
    const place = { runDir, ppidshim: shimBinary(env), env, orphans };
    const supervisor = createSupervisor(config, { ...place, version: packageVersion() });
    return await serve(supervisor, runDir, log, args.has('no-init'));
  } catch (error) {
    if (error instanceof BorginitError) await leaveInit(env, errors[error.code].exit);
    throw error;
  }
}

/** Not disposed of after a failure: that would stop the services, which a successor is to find. */
async function serve(supervisor: Supervisor, runDir: string, log: Logger, isAlone: boolean): Promise<number> {
  logSupervisor(supervisor, log);
  const left = new Promise<number>((resolve) => supervisor.on('left', ({ status }) => resolve(status)));
  const upgraded = Promise.withResolvers<'upgraded'>();
  // The answer is on its way before anything is closed.
  const goNext = (): void => void setImmediate(() => upgraded.resolve('upgraded'));
  const options = isAlone ? {} : { upgrade: once(() => prepareUpgrade(supervisor, goNext)) };
  const control = await serveControl(supervisor, join(runDir, 'control.sock'), options);
  const stopPassing = isAlone ? passSignals(process, (signal) => supervisor.signal(signal)) : undefined;
  try {
    await supervisor.start();
    const end = await Promise.race([left, upgraded.promise]);
    if (end === 'upgraded') {
      log.info({}, 'the next supervisor takes over');
      await supervisor.release();
      return 0;
    }
    await supervisor[Symbol.asyncDispose]();
    return end;
  } finally {
    stopPassing?.();
    await control.close();
  }
}

/** Whoever asks while it is under way gets the same answer. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => (underWay ??= work().finally(() => (underWay = undefined)));
}

/** Has the next supervisor rehearse. Where it would come up, `goNext` is called: init starts it as soon as we have ended. */
async function prepareUpgrade(supervisor: Supervisor, goNext: () => void): Promise<Upgrade> {
  const version = await rehearseSuccessor(rehearsalCommand(process), process.env);
  const { supervisor: from } = await supervisor.snapshot();
  goNext();
  return { from: { pid: from.pid, version: from.version }, to: { version } };
}
