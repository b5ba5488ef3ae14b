import { startCommand } from './command.ts';
import { startLoad } from './load.ts';
import { isMaster, readyWorkersOf, successorOf } from './masters.ts';
import { processesBelow, isAlive, readTitle } from './processes.ts';
import { createAppHome } from './releases.ts';
import { until } from './until.ts';
const kind = process.argv[2] as 'unicorn' | 'stand-in';
await using home = await createAppHome({ server: kind });
await home.addRelease('r1'); await home.addRelease('r2'); await home.pointTo('r1');
await using command = startCommand(home.command, { cwd: home.path, env: home.env });
await until(() => isMaster(command.pid) && readyWorkersOf(command.pid).length === 2, 'ready');
const old = processesBelow(process.pid).find((r) => r.pid === command.pid)!;
await using load = await startLoad({ url: home.url, connections: 4 });
for (let i = 0; i < 12; i++) {
  await home.pointTo('r2');
  command.kill('SIGUSR2');
  const next = await until(() => successorOf(old), 'next');
  await until(() => isMaster(next.pid) && readyWorkersOf(next.pid).length >= (i % 2 ? 1 : 2), 'ready next');
  process.kill(next.pid, 'SIGQUIT');
  await until(() => !isAlive(next), 'gone');
  await until(() => !readTitle(old.pid).includes('(old)'), 'x');
}
console.log(kind, JSON.stringify(await load.stop()));
process.exitCode = 0;
