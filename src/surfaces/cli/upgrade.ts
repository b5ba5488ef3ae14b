import { setTimeout as wait } from 'node:timers/promises';

import { BorginitError } from '../../model/errors.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Upgrade } from '../../model/upgrade.ts';
import { ask, order, printJson } from './control.ts';
import type { CommandArgs } from './command-line.ts';
import { paint, printable } from './text-table.ts';
import type { World } from './world.ts';

/** `borginit upgrade`: returns when the next supervisor answers. */
export async function upgrade(args: CommandArgs, world: World): Promise<number> {
  const { from } = (await order(world, '/v1/upgrade', {})).body as Upgrade;
  const { pid, version } = await successorOf(from.pid, world);
  if (args.has('json')) printJson(world, { from, to: { pid, version } });
  else {
    const versions = `borginit ${printable(from.version)} → ${printable(version)}`;
    world.stdout.write(
      `${paint('✓', 'green', world.stdout.isColoured)} ${versions}, supervisor ${from.pid} → ${pid}\n`,
    );
  }
  return 0;
}

/** A rehearsed supervisor is there at once; where it dies nevertheless, init tries again for about this long. */
const patienceMs = 60_000;
const lookEveryMs = 50;

/** Waits for another supervisor than this one. Fails with CONTROL_UNREACHABLE when none comes. */
async function successorOf(pid: number, world: World): Promise<Snapshot['supervisor']> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      const { supervisor } = (await ask(world, '/v1/status')).body as Snapshot;
      if (supervisor.pid !== pid) return supervisor;
    } catch (error) {
      const isAway = error instanceof BorginitError && error.code === 'CONTROL_UNREACHABLE';
      if (!isAway || performance.now() > until) throw error;
    }
    await wait(lookEveryMs);
  }
}
