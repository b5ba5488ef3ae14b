import { setTimeout as wait } from 'node:timers/promises';

import { BorginitError } from '../../model/errors.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { CommandArgs } from './command-line.ts';
import { ask, printJson } from './control.ts';
import type { TextOutput, World } from './world.ts';

/** `borginit status`: what runs. With --watch, again each second, for as long as somebody looks. */
export async function status(args: CommandArgs, world: World): Promise<number> {
  const isWatching = args.has('watch');
  const show = args.has('json') ? showJson : await tableShower(isWatching);
  show(world, await look(world));
  if (!isWatching) return 0;
  for (;;) {
    await wait(1_000);
    await lookAgain(world, show);
  }
}

type Show = (world: World, snapshot: Snapshot) => void;

const look = async (world: World): Promise<Snapshot> => (await ask(world, '/v1/status')).body as Snapshot;

/** A supervisor that was reached once may be gone for the moment that init needs to start it again. */
async function lookAgain(world: World, show: Show): Promise<void> {
  try {
    show(world, await look(world));
  } catch (error) {
    if (!(error instanceof BorginitError && error.code === 'CONTROL_UNREACHABLE')) throw error;
    if (world.stdout.isTerminal) repaint(world.stdout, `${error.message}\n`);
    else world.stderr.write(`borginit: ${error.message}\n`);
  }
}

const showJson: Show = (world, snapshot) => printJson(world, snapshot);

async function tableShower(isWatching: boolean): Promise<Show> {
  const { renderStatus } = await import('./status-view.ts');
  return (world, snapshot) => {
    const { columns, isColoured } = world.stdout;
    const text = renderStatus(snapshot, { columns, isColoured, now: world.now() });
    if (isWatching && world.stdout.isTerminal) repaint(world.stdout, text);
    else world.stdout.write(text);
  };
}

/** Paints over what stands there, line by line: a screen that is cleared first flickers. */
const repaint = (out: TextOutput, text: string): void => out.write(`\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J`);
