/** The title that PID 1 shows in `ps`. */
import type { SupervisorState } from '../machine/supervisor.ts';
import type { Config } from '../model/spec.ts';
import { servingOf } from './picture.ts';

/**
 * Names the configuration and the revision that serves: of the first service that follows the revision file and runs.
 *
 * Shape  "borginit:shop@4f2c9e1"; "borginit:shop" while none is known
 */
export function titleOf(config: Config, state: SupervisorState): string {
  const follows = (service: string): boolean =>
    config.services.some(({ name, reload }) => name === service && reload.on === 'revision');
  const serving = state.instances.filter(({ service }) => follows(service)).map(({ life }) => servingOf(life));
  const revision = serving.find((generation) => generation?.revision !== undefined)?.revision;
  return revision === undefined ? `borginit:${config.name}` : `borginit:${config.name}@${revision}`;
}
