import { BorginitError } from '../model/errors.ts';
import type { Config } from '../model/spec.ts';
import type { Argv } from './command.ts';
import { configFromObject } from './object-config.ts';

/**
 * The configuration of `borginit -- COMMAND…`: one service that is not started again, named after its program, whose
 * outcome is the container's. A server that is recognised keeps its graceful stop and its way to reload.
 *
 * Fails   USAGE when there is no program to run
 */
export function commandConfig(words: readonly string[], directory: string): Config {
  const [program, ...args] = words;
  if (program === undefined || program === '')
    throw new BorginitError('USAGE', 'cannot run a command: its name is empty');
  const command: Argv = [program, ...args];
  const result = configFromObject({ services: { command: { command, restart: { policy: 'never' } } } }, directory);
  if (!result.ok) throw new Error(`unreachable: ${result.issues.map(({ problem }) => problem).join(', ')}`);
  // Not the key above: some names, "constructor" for one, cannot be a key.
  const name = serviceNameFor(program);
  const services = result.config.services.map((service) => ({ ...service, name, stdin: 'inherit' as const }));
  return { ...result.config, name, services, mode: 'command' };
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
