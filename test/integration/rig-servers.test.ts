import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { startLoad } from '../rig/load.ts';
import { isMaster, readyWorkersOf, successorOf, workersOf } from '../rig/masters.ts';
import { isAlive, processesBelow, readTitle, type ProcessDetail } from '../rig/processes.ts';
import { request } from '../rig/request.ts';
import { createAppHome, type AppHome, type AppHomeOptions, type ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { wrk } from '../rig/wrk.ts';

interface Bare extends AsyncDisposable {
  readonly home: AppHome;
  readonly command: RunningCommand;
  readonly old: ProcessDetail;
}

/** Release r1, good, on two ready workers, and r2 of the kind wanted, not yet current. */
async function serve(options: AppHomeOptions, next: ReleaseKind = 'good'): Promise<Bare> {
  const home = await createAppHome(options);
  await home.addRelease('r1');
  await home.addRelease('r2', next);
  await home.pointTo('r1');
  const command = startCommand(home.command, { cwd: home.path, env: home.env });
  await until((note) => {
    note(command.stderr());
    return isMaster(command.pid) && readyWorkersOf(command.pid).length === 2;
  }, 'two ready workers');
  const old = processesBelow(process.pid).find((row) => row.pid === command.pid);
  if (old === undefined) throw new Error('unreachable: the master is gone');
  return {
    home,
    command,
    old,
    async [Symbol.asyncDispose]() {
      await command[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

const revisionOf = async (url: string): Promise<string> => (await request(url)).revision;
const successor = (bare: Bare): Promise<ProcessDetail> => until(() => successorOf(bare.old), 'a new master');
const gone = (row: Pick<ProcessDetail, 'pid' | 'startTicks'>): Promise<boolean> =>
  until(() => !isAlive(row), `the end of ${row.pid}`);

async function reexec(bare: Bare): Promise<ProcessDetail> {
  await bare.home.pointTo('r2');
  bare.command.kill('SIGUSR2');
  return successor(bare);
}

/** Waits until so many different workers were seen below a master and have died again. */
async function deaths(master: number, count: number): Promise<boolean> {
  const seen = new Map<string, ProcessDetail>();
  return until((note) => {
    for (const row of workersOf(master)) seen.set(`${row.pid} ${row.startTicks}`, row);
    const dead = [...seen.values()].filter((row) => !isAlive(row));
    note(dead.map(({ pid }) => pid));
    return dead.length >= count;
  }, `${count} deaths of workers`);
}

/** What r1 is left with after a reload that failed. */
async function expectRestored(bare: Bare): Promise<void> {
  await until(() => !readTitle(bare.old.pid).includes('(old)'), 'the old title');
  expect(await revisionOf(bare.home.url)).toBe('r1');
  expect(readyWorkersOf(bare.old.pid)).toHaveLength(2);
  await until(() => readFileSync(bare.home.pidFile, 'utf8').trim() === String(bare.old.pid), 'the old pid file');
  expect(existsSync(`${bare.home.pidFile}.oldbin`)).toBe(false);
}

describe.each<AppHomeOptions & { name: string }>([
  { name: 'unicorn', server: 'unicorn' },
  { name: 'unicorn with preload', server: 'unicorn', preload: true },
  { name: 'the stand-in', server: 'stand-in' },
  { name: 'the stand-in with preload', server: 'stand-in', preload: true },
])('$name', (options) => {
  it('loses no request to a reload by hand', async () => {
    await using bare = await serve(options, 'boots-slowly');
    await using load = await startLoad({ url: bare.home.url, connections: 4 });
    const next = await reexec(bare);
    await until(() => isMaster(next.pid) && readyWorkersOf(next.pid).length === 2, 'two ready new workers');
    expect(readTitle(bare.old.pid)).toContain('unicorn master (old) ');
    bare.command.kill('SIGQUIT');
    expect(await bare.command.exit).toEqual({ code: 0, signal: null });
    expect(await revisionOf(bare.home.url)).toBe('r2');
    const result = await load.stop();
    expect(result).toMatchObject({ failed: 0, errors: [] });
    expect(result.byRevision['r1']).toBeGreaterThan(0);
    expect(result.byRevision['r2']).toBeGreaterThan(0);
    expect(readFileSync(bare.home.pidFile, 'utf8').trim()).toBe(String(next.pid));
  });

  it('goes on with the old release when the new one raises', async () => {
    await using bare = await serve(options, 'raises-at-boot');
    await using load = await startLoad({ url: bare.home.url });
    const next = await reexec(bare);
    if (options.preload !== true) {
      await deaths(next.pid, 3);
      expect(readyWorkersOf(next.pid)).toEqual([]);
      process.kill(next.pid, 'SIGQUIT');
    }
    await gone(next);
    await expectRestored(bare);
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
  });

  it('goes on with the old release when the new one hangs, deaf to all but KILL', async () => {
    await using bare = await serve(options, 'hangs-at-boot');
    const next = await reexec(bare);
    const hung = options.preload === true ? [] : await until(() => twoOf(workersOf(next.pid)), 'two hung workers');
    const hanging = (): number => bare.command.stderr().split('this release hangs').length - 1;
    await until(() => hanging() === (options.preload === true ? 1 : 2), 'code that hangs');
    process.kill(next.pid, 'SIGQUIT');
    process.kill(next.pid, 'SIGTERM');
    expect(await revisionOf(`${bare.home.url}slow?ms=300`)).toBe('r1');
    expect([next, ...hung].every(isAlive)).toBe(true);
    expect(readyWorkersOf(next.pid)).toEqual([]);
    process.kill(next.pid, 'SIGSTOP');
    for (const row of [...hung, next]) process.kill(row.pid, 'SIGKILL');
    await gone(next);
    await expectRestored(bare);
  });

  it('respawns without end the workers of a release that serves for a while and dies', async () => {
    await using bare = await serve(options, 'crash-loops');
    const next = await reexec(bare);
    await until(() => readyWorkersOf(next.pid).length > 0, 'a worker that is ready for now');
    await deaths(next.pid, 4);
    process.kill(next.pid, 'SIGQUIT');
    await gone(next);
    await expectRestored(bare);
  });

  it('serves the failures of a release that answers 500', async () => {
    await using bare = await serve(options, 'answers-500');
    await using load = await startLoad({ url: bare.home.url });
    const next = await reexec(bare);
    // So many that some of the load's requests fared likewise.
    let broken = 0;
    await until(async () => {
      broken += (await request(bare.home.url)).status === 500 ? 1 : 0;
      return broken === 20;
    }, 'answers of the new release');
    process.kill(next.pid, 'SIGQUIT');
    await gone(next);
    await expectRestored(bare);
    const { failed, errors } = await load.stop();
    expect(errors).toEqual([`${failed} × status 500 from r2`]);
  });

  it('goes on with the old release when the new master exits at once', async () => {
    await using bare = await serve(options, 'exits-at-once');
    await bare.home.pointTo('r2');
    bare.command.kill('SIGUSR2');
    await until(() => /reaped .*exec\(\)-ed/.test(bare.command.stderr()), 'the end of the new master');
    await expectRestored(bare);
  });

  it('refuses a second USR2 while the first one’s master lives', async () => {
    await using bare = await serve(options);
    const next = await reexec(bare);
    bare.command.kill('SIGUSR2');
    await until(() => bare.command.stderr().includes('reexec-ed child already running'), 'a refusal');
    expect((await successor(bare)).pid).toBe(next.pid);
  });

  it('changes the number of its workers by TTIN, TTOU and WINCH', async () => {
    await using bare = await serve(options);
    const { pid } = bare.old;
    bare.command.kill('SIGTTIN');
    await until(() => readyWorkersOf(pid).length === 3, 'a third worker');
    bare.command.kill('SIGTTOU');
    await until(() => workersOf(pid).length === 2, 'two workers');
    bare.command.kill('SIGWINCH');
    await until(() => workersOf(pid).length === 0, 'no workers');
    expect(isMaster(pid)).toBe(true);
    bare.command.kill('SIGTTIN');
    await until(() => readyWorkersOf(pid).length === 1, 'one worker');
    expect(await revisionOf(bare.home.url)).toBe('r1');
  });

  it('serves what is current after HUP', async () => {
    await using bare = await serve(options);
    await bare.home.pointTo('r2');
    bare.command.kill('SIGHUP');
    await until(async () => (await revisionOf(bare.home.url)) === 'r2', 'the new release');
    expect(isAlive(bare.old)).toBe(true);
  });

  it('outlives USR1', async () => {
    await using bare = await serve(options);
    const before = workersOf(bare.old.pid);
    bare.command.kill('SIGUSR1');
    await until(() => bare.command.stderr().includes('reopen'), 'a word about log files');
    expect(await revisionOf(bare.home.url)).toBe('r1');
    expect(before.every(isAlive)).toBe(true);
  });

  it('finishes the request in flight on QUIT, cuts it on TERM, and leaves with 0 either way', async () => {
    for (const signal of ['SIGQUIT', 'SIGTERM'] as const) {
      await using bare = await serve(options);
      const slow = request(`${bare.home.url}slow?ms=700`).then(
        ({ status }) => status,
        () => 'cut',
      );
      await until(() => holdsConnection(bare.home.port), 'the request in flight');
      bare.command.kill(signal);
      expect(await slow).toBe(signal === 'SIGQUIT' ? 200 : 'cut');
      expect(await bare.command.exit).toEqual({ code: 0, signal: null });
      expect(existsSync(bare.home.pidFile)).toBe(false);
    }
  });

  it('leaves no worker behind when the master is killed', async () => {
    await using bare = await serve(options);
    const workers = workersOf(bare.old.pid);
    bare.command.kill('SIGKILL');
    for (const worker of workers) await gone(worker);
  });
});

describe('the stand-in', () => {
  it('loses no request of keep-alive connections to a reload by hand', async () => {
    await using bare = await serve({ server: 'stand-in' });
    await using load = await startLoad({ url: bare.home.url, connections: 4, keepAlive: true });
    const loaded = wrk(bare.home.url, { connections: 4, seconds: 3 });
    const next = await reexec(bare);
    await until(() => readyWorkersOf(next.pid).length === 2, 'two ready new workers');
    bare.command.kill('SIGQUIT');
    expect((await bare.command.exit).code).toBe(0);
    const { requests, badStatuses, socketErrors } = await loaded;
    expect(requests).toBeGreaterThan(0);
    expect({ badStatuses, ...socketErrors }).toEqual({ badStatuses: 0, connect: 0, read: 0, write: 0, timeout: 0 });
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
  });
});

const twoOf = (rows: ProcessDetail[]): ProcessDetail[] | undefined => (rows.length === 2 ? rows : undefined);

/** Whether the kernel knows an accepted or queued connection whose local end is the port. */
function holdsConnection(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => {
      const [, from, , state] = line.trim().split(/\s+/);
      return from === local && state === '01';
    });
}
