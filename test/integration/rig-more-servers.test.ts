/** The servers that reload in place, by hand: each keeps its main process, and shows the new release after a signal. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ppidshim } from '../fixtures/shim/rig.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { isAlive, processesBelow, readProcess, type ProcessDetail } from '../rig/processes.ts';
import { createAppHome, type AppHome, type AppHomeOptions, type ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';

interface Bare extends AsyncDisposable {
  readonly home: AppHome;
  readonly shim: RunningCommand;
  readonly main: ProcessDetail;
  readonly old: readonly ProcessDetail[];
}

const childrenOf = (pid: number): ProcessDetail[] =>
  processesBelow(pid).filter((row) => row.parentPid === pid && isAlive(row));

/** haproxy has one worker, with threads. */
const workersOf = ({ server }: AppHomeOptions): number => (server === 'haproxy' ? 1 : 2);

/** Release r1, good, on its workers, below a shim, and r2 of the kind wanted, not yet current. */
async function serve(options: AppHomeOptions, next: ReleaseKind = 'good'): Promise<Bare> {
  await using scope = new AsyncDisposableStack();
  const home = scope.use(await createAppHome(options));
  await home.addRelease('r1');
  await home.addRelease('r2', next);
  await home.pointTo('r1');
  const shim = scope.use(startCommand([ppidshim, ...home.command], { cwd: home.path, env: home.env }));
  await until(async (note) => {
    note(shim.stderr());
    return (await home.ask()).revision === 'r1';
  }, 'an answer of r1');
  const main = await until(() => {
    const row = childrenOf(shim.pid)[0];
    return row !== undefined && mayBeSignalled[home.server]?.(row, shim) !== false && row;
  }, 'a main process that may be signalled');
  const old = await until(() => all(childrenOf(main.pid), workersOf(options)), 'the workers');
  await until(() => existsSync(home.pidFile), 'the pid file');
  const owned = scope.move();
  return { home, shim, main, old, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const all = (rows: ProcessDetail[], count: number): ProcessDetail[] | undefined =>
  rows.length === count ? rows : undefined;

const catches = ({ catches }: ProcessDetail, signal: keyof typeof constants.signals): boolean =>
  catches.includes(constants.signals[signal]);

/** One answer says that one worker serves. What more there must be to see before the server may be signalled: */
const mayBeSignalled: Readonly<
  Partial<Record<AppHome['server'], (main: ProcessDetail, shim: RunningCommand) => boolean>>
> = {
  // Its master executes itself once more when its worker serves already, and is deaf meanwhile.
  haproxy: (main) => catches(main, 'SIGUSR2'),
  // Its master passes HUP on, and waits a minute for a worker that boots and missed it.
  uwsgi: (main) => childrenOf(main.pid).every((worker) => catches(worker, 'SIGHUP')),
  // Without that, it waits five seconds before it looks at the next worker.
  puma: (_main, shim) => shim.stdout().split(' booted in ').length === 3,
};

async function reload({ home, shim }: Bare, signal: NodeJS.Signals): Promise<void> {
  await home.pointTo('r2');
  shim.kill(signal);
}

const answerOf = async (home: AppHome): Promise<string> => {
  const { status, revision } = await home.ask();
  return status === 200 ? revision : `status ${status}`;
};

const answers = (home: AppHome, wanted: string): Promise<boolean> =>
  until(async (note) => {
    const answer = await answerOf(home);
    note(answer);
    return answer === wanted;
  }, `the answer ${wanted}`);

interface Row extends AppHomeOptions {
  readonly signal: NodeJS.Signals;
  /** The gentle stop, and the status that a shell would see. */
  readonly stop: NodeJS.Signals;
  readonly status: number;
  readonly executes: boolean;
}

const rows: readonly Row[] = [
  { server: 'nginx', signal: 'SIGHUP', executes: false, stop: 'SIGQUIT', status: 0 },
  // It gives the signal back to itself when all is done.
  { server: 'puma', signal: 'SIGUSR1', executes: false, stop: 'SIGTERM', status: 143 },
  { server: 'puma', signal: 'SIGUSR2', executes: true, stop: 'SIGINT', status: 0 },
  { server: 'puma', preload: true, signal: 'SIGUSR2', executes: true, stop: 'SIGTERM', status: 143 },
  { server: 'php-fpm', signal: 'SIGUSR2', executes: true, stop: 'SIGQUIT', status: 0 },
  { server: 'haproxy', signal: 'SIGUSR2', executes: true, stop: 'SIGUSR1', status: 0 },
  { server: 'uwsgi', signal: 'SIGHUP', executes: true, stop: 'SIGTERM', status: 0 },
  { server: 'uwsgi', preload: true, signal: 'SIGHUP', executes: true, stop: 'SIGTERM', status: 0 },
  { server: 'apache', signal: 'SIGUSR1', executes: false, stop: 'SIGWINCH', status: 0 },
];

describe.each(rows)('$server (preload $preload) and $signal', (row) => {
  it('serves the new release from the same main process, and leaves nothing', async () => {
    await using bare = await serve(row);
    const { home, shim, main, old } = bare;
    await reload(bare, row.signal);
    await answers(home, 'r2');
    await until(() => !old.some(isAlive), 'the end of the old workers');
    const now = await until(() => all(childrenOf(main.pid), workersOf(row)), 'the new workers');
    expect(await answerOf(home)).toBe('r2');
    expect(isAlive(main)).toBe(true);
    expect(readProcess(main.pid)?.image === main.image).toBe(!row.executes);
    expect(readFileSync(home.pidFile, 'utf8').trim()).toBe(String(main.pid));
    expect(home.deaths()).toBe(0);
    shim.kill(row.stop);
    expect(await shim.exit).toEqual({ code: row.status, signal: null });
    expect([main, ...now].filter(isAlive)).toEqual([]);
    expect(shim.offspring()).toEqual([]);
  });
});

/** What becomes of r1 when r2 is broken. */
type Fate =
  /** It serves on, and something was said. */
  | { readonly keeps: RegExp }
  | { readonly ends: number }
  | { readonly answers: string }
  /** Nobody answers, and something was said. */
  | { readonly hangs: RegExp }
  | { readonly dies: number };

type Broken = AppHomeOptions & { signal: NodeJS.Signals; kind: ReleaseKind; fate: Fate };

const broken: readonly Broken[] = [
  { server: 'nginx', signal: 'SIGHUP', kind: 'raises-at-boot', fate: { keeps: /unknown directive/ } },
  { server: 'nginx', signal: 'SIGHUP', kind: 'port-taken', fate: { keeps: /still could not bind\(\)/ } },
  { server: 'nginx', signal: 'SIGHUP', kind: 'answers-500', fate: { answers: 'status 500' } },
  { server: 'php-fpm', signal: 'SIGUSR2', kind: 'raises-at-boot', fate: { ends: 78 } },
  { server: 'php-fpm', signal: 'SIGUSR2', kind: 'port-taken', fate: { ends: 78 } },
  { server: 'php-fpm', signal: 'SIGUSR2', kind: 'answers-500', fate: { answers: 'status 500' } },
  { server: 'haproxy', signal: 'SIGUSR2', kind: 'raises-at-boot', fate: { keeps: /Loading failure!/ } },
  { server: 'haproxy', signal: 'SIGUSR2', kind: 'port-taken', fate: { keeps: /Resumed frontend web/ } },
  { server: 'haproxy', signal: 'SIGUSR2', kind: 'answers-500', fate: { answers: 'status 500' } },
  { server: 'apache', signal: 'SIGUSR1', kind: 'raises-at-boot', fate: { ends: 1 } },
  { server: 'apache', signal: 'SIGUSR1', kind: 'port-taken', fate: { ends: 1 } },
  { server: 'apache', signal: 'SIGUSR1', kind: 'answers-500', fate: { answers: 'status 500' } },
  // By phases: one worker after the other, and the next one's turn comes when the first has booted.
  { server: 'puma', signal: 'SIGUSR1', kind: 'raises-at-boot', fate: { keeps: /Unable to start worker/ } },
  { server: 'puma', signal: 'SIGUSR1', kind: 'hangs-at-boot', fate: { keeps: /this release hangs/ } },
  { server: 'puma', signal: 'SIGUSR1', kind: 'crash-loops', fate: { dies: 4 } },
  { server: 'puma', signal: 'SIGUSR1', kind: 'answers-500', fate: { answers: 'status 500' } },
  { server: 'puma', signal: 'SIGUSR2', kind: 'raises-at-boot', fate: { hangs: /Unable to start worker/ } },
  { server: 'puma', signal: 'SIGUSR2', kind: 'hangs-at-boot', fate: { hangs: /this release hangs/ } },
  { server: 'puma', signal: 'SIGUSR2', kind: 'exits-at-once', fate: { ends: 3 } },
  { server: 'puma', preload: true, signal: 'SIGUSR2', kind: 'raises-at-boot', fate: { ends: 1 } },
  { server: 'puma', preload: true, signal: 'SIGUSR2', kind: 'hangs-at-boot', fate: { hangs: /this release hangs/ } },
  { server: 'puma', preload: true, signal: 'SIGUSR2', kind: 'crash-loops', fate: { dies: 4 } },
  { server: 'uwsgi', signal: 'SIGHUP', kind: 'raises-at-boot', fate: { answers: 'status 500' } },
  { server: 'uwsgi', signal: 'SIGHUP', kind: 'hangs-at-boot', fate: { hangs: /this release hangs/ } },
  { server: 'uwsgi', signal: 'SIGHUP', kind: 'crash-loops', fate: { dies: 4 } },
  { server: 'uwsgi', signal: 'SIGHUP', kind: 'answers-500', fate: { answers: 'status 500' } },
  { server: 'uwsgi', signal: 'SIGHUP', kind: 'exits-at-once', fate: { ends: 1 } },
  { server: 'uwsgi', preload: true, signal: 'SIGHUP', kind: 'crash-loops', fate: { dies: 4 } },
];

async function meets({ home, shim, main }: Bare, fate: Fate): Promise<void> {
  if ('ends' in fate) {
    expect(await shim.exit).toEqual({ code: fate.ends, signal: null });
    return;
  }
  const said = (text: RegExp): Promise<boolean> =>
    until(() => text.test(shim.stderr() + shim.stdout()), `the words ${String(text)}`);
  if ('answers' in fate) await answers(home, fate.answers);
  if ('dies' in fate) await until(() => home.deaths() >= fate.dies, 'deaths of workers');
  if ('keeps' in fate) {
    await said(fate.keeps);
    await answers(home, 'r1');
  }
  if ('hangs' in fate) {
    await said(fate.hangs);
    await expect(home.ask()).rejects.toThrow();
  }
  expect(isAlive(main)).toBe(true);
}

describe('a release in place', () => {
  it.each(broken)('of $server that $kind (preload $preload, $signal) meets its fate: $fate', async (row) => {
    await using bare = await serve(row, row.kind);
    await reload(bare, row.signal);
    await meets(bare, row.fate);
  });

  it('of a kind that a server cannot have is refused', async () => {
    await using home = await createAppHome({ server: 'nginx' });
    await expect(home.addRelease('r1', 'hangs-at-boot')).rejects.toThrow('no such release for nginx: hangs-at-boot');
  });
});

describe('a check of the configuration', () => {
  it.each<{ server: AppHome['server']; more: readonly string[]; bad: number }>([
    { server: 'nginx', more: ['-t'], bad: 1 },
    { server: 'php-fpm', more: ['-t'], bad: 78 },
    { server: 'haproxy', more: ['-c'], bad: 1 },
    { server: 'apache', more: ['-t'], bad: 1 },
  ])('by $server passes what is well, a port that is taken too', async ({ server, more, bad }) => {
    await using home = await createAppHome({ server });
    const check = async (kind: ReleaseKind): Promise<number | null> => {
      await home.addRelease(kind, kind);
      await home.pointTo(kind);
      const [file, ...args] = home.command;
      return run(file, [...args, ...more], home);
    };
    expect(await check('good')).toBe(0);
    expect(await check('port-taken')).toBe(0);
    expect(await check('raises-at-boot')).toBe(bad);
  });
});

const run = (file: string, args: readonly string[], { path, env }: AppHome): Promise<number | null> =>
  new Promise((resolve) => {
    const child = execFile(file, args, { cwd: path, env: { ...process.env, ...env } }, () => resolve(child.exitCode));
  });
