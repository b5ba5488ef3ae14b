import { BorginitError } from '../model/errors.ts';
import type { Config } from '../model/spec.ts';
import type { Argv } from './command.ts';
import { configFromObject } from './parse-config.ts';

/**
 * The configuration of `borginit -- COMMAND…`: one service that is not started again, named after its program, whose
 * outcome is the container's. A server that is recognised keeps its graceful stop and its way to reload.
 *
 * Fails   USAGE when there is no program to run
 */
export function commandConfig(command: readonly string[], directory: string): Config {
  const [program, ...args] = command;
  if (program === undefined || program === '')
    throw new BorginitError('USAGE', 'cannot run a command: its name is empty');
  const argv: Argv = [program, ...args];
  const name = serviceNameFor(program);
  const result = configFromObject({ services: { [name]: { command: argv, restart: { policy: 'never' } } } }, directory);
  if (!result.ok) throw new Error(`unreachable: ${result.issues.map(({ problem }) => problem).join(', ')}`);
  const services = result.config.services.map((service) => ({ ...service, stdin: 'inherit' as const }));
  return { ...result.config, services, mode: 'command' };
}

/** Shape: "/usr/bin/My App.sh" → "my-app-sh"; "command" when nothing is left. */
function serviceNameFor(program: string): string {
  const base = program.slice(program.lastIndexOf('/') + 1).toLowerCase();
  return (
    base
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^[_-]+|-+$/g, '')
      .slice(0, 63) || 'command'
  );
}
