import { errors } from '../../model/errors.ts';
import type { Operation, OperationResult } from '../../model/operation.ts';
import type { ReloadPlan } from '../../model/reload-plan.ts';
import type { CommandArgs } from './command-line.ts';
import { ask, order, printJson } from './control.ts';
import type { Command } from './command.ts';
import { paint, printable } from './text-table.ts';
import type { World } from './world.ts';

/** `borginit reload`, `restart`, `start` and `stop`: returns when the operation has ended for each instance. */
export const operate =
  (kind: Operation['kind']): Command =>
  async (args: CommandArgs, world: World) => {
    if (args.has('dry-run')) return foretell(args, world);
    const operation: Operation = { kind, services: args.words, force: args.has('force') };
    const { results } = (await order(world, '/v1/operations', operation)).body as {
      readonly results: readonly OperationResult[];
    };
    if (args.has('json')) printJson(world, { results });
    else for (const result of results) world.stdout.write(`${renderResult(result, world.stdout.isColoured)}\n`);
    return results.every(({ ok }) => ok) ? 0 : errors.REQUEST_REFUSED.exit;
  };

/** `borginit reload --dry-run`: what it would do, and nothing is done. */
async function foretell(args: CommandArgs, world: World): Promise<number> {
  const query = new URLSearchParams(args.words.map((service): [string, string] => ['service', service]));
  const { plans } = (await ask(world, `/v1/plan?${query.toString()}`)).body as {
    readonly plans: readonly ReloadPlan[];
  };
  const { renderPlan, wouldReload } = await import('./plan-view.ts');
  const force = args.has('force');
  const { columns, isColoured } = world.stdout;
  if (args.has('json')) printJson(world, { plans });
  else world.stdout.write(plans.map((plan) => renderPlan(plan, { columns, isColoured, force })).join('\n'));
  return plans.every((plan) => wouldReload(plan, force)) ? 0 : errors.REQUEST_REFUSED.exit;
}

/** Shape: "✓ unicorn.1 running, generation 4" */
function renderResult({ service, instance, ok, what }: OperationResult, isColoured: boolean): string {
  const mark = ok ? paint('✓', 'green', isColoured) : paint('✗', 'red', isColoured);
  return `${mark} ${printable(service)}.${instance} ${printable(what)}`;
}
