import { BorginitError } from '../../model/errors.ts';
import type { ReloadRecord } from '../../model/reload-record.ts';
import type { CommandArgs } from './command-line.ts';
import { ask, printJson } from './control.ts';
import { renderReload } from './reload-view.ts';
import type { World } from './world.ts';

/** `borginit history`: the last reloads, the newest last; `borginit history show`: the story of one. */
export async function history(args: CommandArgs, world: World): Promise<number> {
  const [verb, which, tooMany] = args.words;
  if (verb === undefined) return list(args, world);
  if (verb !== 'show') throw usage(`cannot run history with ${verb}: it takes no such argument; did you mean show?`);
  if (tooMany !== undefined) throw usage(`cannot run history show with ${tooMany}: it shows one reload`);
  if (args.has('last')) throw usage('cannot run history show with --last: it shows one reload');
  return show(which, args, world);
}

async function list(args: CommandArgs, world: World): Promise<number> {
  const count = countOf(args.valueOf('last') ?? '20');
  const last = (await remembered(world)).slice(-count);
  if (args.has('json')) printJson(world, { reloads: last });
  else if (last.length === 0) world.stdout.write('no reload yet\n');
  const view = { isColoured: world.stdout.isColoured, now: world.now() };
  if (!args.has('json')) for (const record of last) world.stdout.write(`${renderReload(record, view)}\n`);
  return 0;
}

async function show(which: string | undefined, args: CommandArgs, world: World): Promise<number> {
  const reloads = await remembered(world);
  const { renderStory, storyName } = await import('./story-view.ts');
  const isMeant = (record: ReloadRecord): boolean => which === storyName(record) || which === record.to.revision;
  const record = which === undefined ? reloads.at(-1) : reloads.findLast(isMeant);
  if (record === undefined) throw usage(unknown(which));
  const { columns, isColoured } = world.stdout;
  if (args.has('json')) printJson(world, record);
  else world.stdout.write(renderStory(record, { columns, isColoured, now: world.now() }));
  return 0;
}

const unknown = (which: string | undefined): string =>
  which === undefined
    ? 'cannot show a reload: there was none yet'
    : `cannot show reload ${which}: expected a revision of \`borginit history\`, or a generation such as web.1#4`;

const remembered = async (world: World): Promise<readonly ReloadRecord[]> =>
  ((await ask(world, '/v1/history')).body as { readonly reloads: readonly ReloadRecord[] }).reloads;

const usage = (problem: string): BorginitError => new BorginitError('USAGE', problem);

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw usage(`cannot list ${text} reloads: expected a count`);
  return Number(text);
}
