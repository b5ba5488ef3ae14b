/** A pid that was given to somebody else: nobody takes that one for who had it before. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { line, ppidshim, talk, type Talk } from '../fixtures/shim/rig.ts';
import { startCommand } from '../rig/command.ts';
import { startDeployment } from '../rig/deployment.ts';
import { leavesNothing, pidsOf, servesAlone } from '../rig/generations.ts';
import { isAlive, processesBelow, readProcess, type ProcessDetail } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const newNamespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=KILL'];

/** In a pid namespace, the next process gets the number after this one. Source: proc_sys_kernel(5) */
const nextIs = (pid: number): string => `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid`;

/** The main process of a shim that does what is written to a pipe: a shell. */
const obeys = 'exec 3<>"$1"; echo obeying; while read -r order <&3; do eval "$order"; done';

interface World extends AsyncDisposable {
  readonly shim: Talk;
  /** "PID START" of a process that has ended, and in its place one that did nothing, below the shim or beside it. */
  reused(where: Where, before?: (reference: string) => Promise<unknown>): Promise<Reused>;
}

interface Reused {
  readonly pid: number;
  readonly old: string;
  readonly innocent: ProcessDetail;
}

type Where = 'below the shim' | 'beside it';

/** A shim in a pid namespace of its own, in which nobody else starts anything. */
async function startWorld(): Promise<World> {
  await using scope = new AsyncDisposableStack();
  const { path } = scope.use(await tempDir());
  const [socket, orders] = [join(path, 'shim.sock'), join(path, 'orders')];
  execFileSync('mkfifo', [orders]);
  const run = [ppidshim, '--run', '--socket', socket, '--', 'sh', '-c', obeys, 'sh', orders];
  const init = [ppidshim, '--init', '--', 'sh', '-c', '"$@"; exec sleep 1002', 'sh', ...run];
  const world = scope.use(startCommand([...newNamespace, ...init], { owns: path }));
  await line(world, 'obeying');
  const below = (inner: number): ProcessDetail | undefined =>
    processesBelow(world.pid).find(({ innerPid, state }) => innerPid === inner && state !== 'Z');
  const pid1 = below(1)?.pid ?? 0;
  const shim = scope.use(talk(socket));
  await shim.hear('ready');
  const owned = scope.move();
  let count = 0;
  const start = async (command: string): Promise<number> => {
    const name = `started ${++count}`;
    appendFileSync(orders, `${command} & echo "${name} $!"\n`);
    return Number((await line(world, new RegExp(`^${name} `))).split(' ').at(-1));
  };
  const startBeside = async (command: string): Promise<number> => {
    const beside = owned.use(
      startCommand(['nsenter', '-t', String(pid1), '-p', '-m', 'sh', '-c', `${command} & echo "pid $!"; wait`]),
    );
    return Number((await line(beside, /^pid /)).split(' ').at(-1));
  };
  return {
    shim,
    async reused(where, before) {
      const pid = await start('sleep 1000');
      const first = await until(() => below(pid), 'the first process');
      const old = `${pid} ${first.startTicks}`;
      await before?.(old);
      appendFileSync(orders, `kill -9 ${pid}; wait ${pid}\n`);
      await until(() => readProcess(first.pid)?.startTicks !== first.startTicks, 'its end');
      await until(() => ticksNow() > first.startTicks + 1, 'the next tick');
      const again = await (where === 'beside it' ? startBeside : start)(`${nextIs(pid)}; sleep 1001`);
      expect(again).toBe(pid);
      const innocent = await until(() => inNamespaces(pid, 'sleep 1001'), 'the innocent');
      expect(innocent.startTicks).not.toBe(first.startTicks);
      return { pid, old, innocent };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Wherever it hangs: from the shim, or from what has entered the namespace. */
const inNamespaces = (inner: number, wanted: string): ProcessDetail | undefined =>
  processesBelow(process.pid).find(({ innerPid, title }) => innerPid === inner && title === wanted);

/** Since the machine started, in hundredths of a second: what start times are counted in. */
const ticksNow = (): number => Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 100;

describe.each<{ where: Where }>([{ where: 'below the shim' }, { where: 'beside it' }])(
  'a pid that was reused $where',
  ({ where }) => {
    it.each([
      { request: (old: string) => `signal ${old} 9`, answer: 'error ESRCH' },
      { request: (old: string) => `heir ${old}`, answer: 'error ESRCH' },
      { request: (old: string) => `freeze 1000 ${old}`, answer: 'ok' },
      { request: (old: string) => `watch ${old}`, answer: 'ok' },
    ])('is answered with $answer, and the new one has no part in it', async ({ request, answer }) => {
      await using world = await startWorld();
      const { old, innocent } = await world.reused(where);
      expect(await world.shim.ask(request(old))).toBe(answer);
      expect(readProcess(innocent.pid)).toMatchObject({ startTicks: innocent.startTicks, state: 'S' });
      if (request(old).startsWith('watch')) await world.shim.hear(`gone ${old}`);
    });

    it('is not continued at the end of a freeze that was the old one', async () => {
      await using world = await startWorld();
      const freeze = (old: string): Promise<string> => world.shim.ask(`freeze 1000 ${old}`);
      const { innocent } = await world.reused(where, freeze);
      process.kill(innocent.pid, 'SIGSTOP');
      await until(() => readProcess(innocent.pid)?.state === 'T', 'a process that stands still');
      expect(await world.shim.ask('thaw')).toBe('ok');
      expect(readProcess(innocent.pid)?.state).toBe('T');
    });

    it('is not the heir that the old one was to be', async () => {
      await using world = await startWorld();
      const { pid, innocent } = await world.reused(where, (old) => world.shim.ask(`heir ${old}`));
      expect(await world.shim.ask('signal main 9')).toBe('ok');
      await world.shim.hear(/^main signaled /);
      await world.shim.ask('thaw');
      expect(world.shim.heard.filter((news) => news.startsWith(`main running ${pid} `))).toEqual([]);
      expect(isAlive(innocent)).toBe(true);
    });

    it('is not what is watched: the old one has gone, and that is said once', async () => {
      await using world = await startWorld();
      const { pid, old, innocent } = await world.reused(where, (watched) => world.shim.ask(`watch ${watched}`));
      await world.shim.hear(`gone ${old}`);
      process.kill(innocent.pid, 'SIGKILL');
      await until(() => !isAlive(innocent), 'the end of the innocent');
      await world.shim.ask('thaw');
      expect(world.shim.heard.filter((news) => news.startsWith(`gone ${pid} `))).toEqual([`gone ${old}`]);
    });
  },
);

it('the pid of a main process that has ended is nobody to signal', async () => {
  await using world = await startWorld();
  const [, main = ''] = /^main running (\d+) /.exec(world.shim.heard[1] ?? '') ?? [];
  expect(await world.shim.ask('signal main 9')).toBe('ok');
  await world.shim.hear(/^main signaled /);
  expect(main).toMatch(/^\d+$/);
  expect(await world.shim.ask('signal main 9')).toBe('error ESRCH');
});

describe.each(['unicorn', 'gunicorn'] as const)('a pid file of %s that names somebody else', (server) => {
  it('costs that one nothing, and a reload is what the server makes of it', async () => {
    await using deployment = await startDeployment({ server });
    const { borginit, home } = deployment;
    await borginit.inside(['sh', '-c', 'sleep 1001 > /dev/null 2>&1 & :']);
    const innocent = await until(
      () => borginit.processes().find(({ title }) => title === 'sleep 1001'),
      'somebody else',
    );
    const right = readFileSync(home.pidFile, 'utf8');
    writeFileSync(home.pidFile, `${innocent.innerPid}\n`);
    const before = pidsOf(deployment);
    await deployment.deploy('next', 'good');
    expect(readProcess(innocent.pid)).toMatchObject({ startTicks: innocent.startTicks, state: 'S' });
    process.kill(innocent.pid, 'SIGKILL');
    const { revision } = await deployment.instance();
    await servesAlone(deployment, revision ?? expect.fail('it has none'));
    if (revision === 'r0') {
      expect(pidsOf(deployment)).toEqual(before);
      writeFileSync(home.pidFile, right);
    }
    rmSync(`${home.pidFile}.oldbin`, { force: true });
    expect(await deployment.deploy('last', 'good')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'last');
    await leavesNothing(deployment);
  });
});
