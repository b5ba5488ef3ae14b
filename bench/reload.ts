import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { startCommand } from '../test/rig/command.ts';
import type { Extent } from './options.ts';
import { canTrace } from './programs.ts';
import { startReloadApp, type ReloadApp } from './reload-app.ts';
import type { Part, Scene } from './scene.ts';
import { quantile } from './statistics.ts';
import { returnedCalls, trace } from './strace.ts';
import type { Row, Table } from './table.ts';

const workThenRest = `
  for (let round = 0; round < 30; round += 1) Array.from({ length: 200_000 }, (_, index) => ({ index }));
  require('node:net').createServer().listen(0, '127.0.0.1');
`;

/** What the supervisor does about a revision, and what it does while there is none. */
export const measureReload: Part = async (scene: Scene) => {
  if (!canTrace()) return { tables: [], remarks: ['reload: not measured, for there is no strace that may attach'] };
  await using app = await startReloadApp(scene);
  const { restSeconds, revisionChanges } = scene.extent;
  scene.progress(`changing the revision of ${app.server} ${revisionChanges} times`);
  const latencies = await timeChanges(app, revisionChanges);
  scene.progress(`counting system calls of borginit at rest for ${restSeconds} s`);
  const calls = await countCalls(app, scene.extent);
  const p99 = quantile(latencies, 0.99).toFixed(1);
  const latency: Table = {
    name: `from a change of the revision file to USR2 (${app.server})`,
    unit: 'ms',
    better: 'less',
    rows: [{ name: 'borginit', values: latencies, note: `p99 ${p99}` }],
    references: [],
  };
  const rest: Table = {
    name: `system calls in ${restSeconds} s between two changes`,
    unit: '',
    better: 'less',
    rows: calls,
    references: [],
  };
  return { tables: [latency, rest], remarks: [] };
};

/** The shim is what sends the signal, and the only process that is slowed by the look at it. */
async function timeChanges(app: ReloadApp, changes: number): Promise<readonly number[]> {
  const changedAt: number[] = [];
  const options = ['-ttt', '-e', 'trace=kill,pidfd_send_signal', '-e', 'signal=none'];
  const lines = await trace([app.pids.shim], options, async () => {
    for (let number = 1; number <= changes; number += 1) {
      changedAt.push(app.changeRevision(`change-${number}`));
      await app.settled(`change-${number}`);
    }
  });
  const sentAt = lines.filter((line) => line.includes('SIGUSR2')).map((line) => Number(line.split(/\s+/)[1]));
  if (sentAt.length !== changes) throw new Error(`cannot time changes: ${sentAt.length} USR2 after ${changes} changes`);
  return sentAt.map((at, index) => (at - (changedAt[index] ?? Number.NaN)) * 1_000);
}

/**
 * V8 looks at its heap every 8 s for minutes after a process has worked, which nothing in JavaScript can change. So a
 * Node that has worked and has nothing of ours in it stands beside the supervisor.
 */
async function countCalls(app: ReloadApp, { settleSeconds, restSeconds }: Extent): Promise<readonly Row[]> {
  await using rested = startCommand([process.execPath, '-e', workThenRest]);
  const members = Object.entries({ ...app.pids, 'bare Node that has worked': rested.pid });
  await delay(settleSeconds * 1_000);
  const threads = new Map(members.map(([role, pid]) => [role, readdirSync(`/proc/${pid}/task`)]));
  const pids = members.map(([, pid]) => pid);
  const lines = await trace(pids, [], () => delay(restSeconds * 1_000));
  const calls = returnedCalls(lines);
  return members.map(([role]) => {
    const own = calls.filter(({ thread }) => threads.get(role)?.includes(thread) === true);
    const byName = Object.entries(Object.groupBy(own, ({ name }) => name));
    const note = byName.map(([name, list = []]) => `${list.length} ${name}`).join(', ');
    return { name: role, values: [own.length], note };
  });
}
