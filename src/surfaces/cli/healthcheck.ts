import { errors } from '../../model/errors.ts';
import type { HealthReport } from '../http/health-report.ts';
import type { CommandArgs } from './command-line.ts';
import { ask, printJson } from './control.ts';
import type { World } from './world.ts';

/** `borginit healthcheck`: one line, and 0 only if all is well. */
export async function healthcheck(args: CommandArgs, world: World): Promise<number> {
  const report = (await ask(world, '/v1/health')).body as HealthReport;
  if (args.has('json')) printJson(world, report);
  else world.stdout.write(`${report.healthy ? 'healthy' : `unhealthy: ${report.problems.join('; ')}`}\n`);
  return report.healthy ? 0 : errors.UNHEALTHY.exit;
}
