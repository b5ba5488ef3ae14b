import { BorginitError } from '../../model/errors.ts';
import type { ReloadRecord } from '../../model/reload-record.ts';
import type { CommandArgs } from './command-line.ts';
import { ask, printJson } from './control.ts';
import { renderReload } from './reload-view.ts';
import type { World } from './world.ts';

/** `borginit history`: the last reloads, the newest last. */
export async function history(args: CommandArgs, world: World): Promise<number> {
  const count = countOf(args.valueOf('last') ?? '20');
  const { reloads } = (await ask(world, '/v1/history')).body as { readonly reloads: readonly ReloadRecord[] };
  const last = reloads.slice(-count);
  if (args.has('json')) printJson(world, { reloads: last });
  else if (last.length === 0) world.stdout.write('no reload yet\n');
  const view = { isColoured: world.stdout.isColoured, now: world.now() };
  if (!args.has('json')) for (const record of last) world.stdout.write(`${renderReload(record, view)}\n`);
  return 0;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new BorginitError('USAGE', `cannot list ${text} reloads: expected a count`);
  return Number(text);
}
