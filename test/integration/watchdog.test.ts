/** A supervisor that hangs: init ends it, the next one goes on, and the service never notices. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { signalNumbers } from '../../src/model/signal.ts';
import { startBorginit, type Borginit } from '../rig/borginit.ts';
import { startCommand } from '../rig/command.ts';
import { isAlive, processesBelow, readProcess, type ProcessDetail } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const root = join(import.meta.dirname, '../..');
const preload = { NODE_OPTIONS: `--import=${join(root, 'test/fixtures/supervisor/hangs.mjs')}` };

/** Says what it is sent, and ends by USR1 or TERM. */
const script =
  `trap 'echo quit' QUIT; trap 'kill $!; echo stopped by USR1; exit 0' USR1; ` +
  `trap 'kill $!; echo stopped by TERM; exit 0' TERM; sleep 1000 & echo up; while :; do wait $!; done`;
const service = { command: ['sh', '-c', script], stop: { signal: 'USR1', timeout: '9s' } };
const config = (supervisor: object): object => ({ supervisor, services: { web: service } });

const silentFor = (seconds: number): string =>
  `ppidshim: the supervisor was silent for ${seconds} s: ended with SIGABRT`;

/** Lets time go by in which something might happen that must not. */
const pass = (ms: number): Promise<boolean> => {
  const since = performance.now();
  return until(() => performance.now() > since + ms, `${ms} ms`);
};

const supervisorBelow = (pid: number): ProcessDetail | undefined =>
  processesBelow(pid).find((row) => row.title === 'borginit supervisor' && isAlive(row));

interface Seen {
  readonly supervisor: ProcessDetail;
  readonly restarts: number;
  readonly shimPid: number | null;
  readonly mainPid: number | null;
}

/** Waits until a supervisor answers that was started so often again and has the service running. */
const serving = (borginit: Borginit, restarts: number): Promise<Seen> =>
  until(async (note) => {
    const { code, stdout } = await borginit.cli('status', '--json');
    note(stdout);
    if (code !== 0) return undefined;
    const snapshot = JSON.parse(stdout) as Snapshot;
    const instance = Object.values(snapshot.services)[0]?.instances[0];
    const supervisor = supervisorBelow(borginit.pid);
    if (snapshot.supervisor.restarts < restarts || instance?.state !== 'running') return undefined;
    if (supervisor?.innerPid !== snapshot.supervisor.pid || !borginit.stdout().includes('up\n')) return undefined;
    return { supervisor, restarts: snapshot.supervisor.restarts, shimPid: instance.shimPid, mainPid: instance.mainPid };
  }, `a supervisor that was started ${restarts} times again`);

const hangs = [
  { how: 'is stopped', signal: 'SIGSTOP' },
  { how: 'turns in a loop', signal: 'SIGUSR2' },
] as const;

/** User and system time, in clock ticks: proc_pid_stat(5), fields 14 and 15. */
const cpuTicks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

/** Waits until it does hang: a signal of the test's own may come later than the next word of init. */
async function hang({ pid }: ProcessDetail, signal: 'SIGSTOP' | 'SIGUSR2'): Promise<void> {
  const before = cpuTicks(pid);
  process.kill(pid, signal);
  const hangs = () => (signal === 'SIGSTOP' ? readProcess(pid)?.state === 'T' : cpuTicks(pid) > before + 30);
  await until(hangs, 'it to hang');
}

describe.each(hangs)('a supervisor that $how', ({ signal }) => {
  it('is ended, and the next one adopts the same processes', async () => {
    await using borginit = await startBorginit({ config: config({ watchdog: '3s' }), env: preload });
    const before = await serving(borginit, 0);
    expect(before.supervisor.catches).not.toContain(signalNumbers.SIGABRT);
    await hang(before.supervisor, signal);
    const after = await serving(borginit, 1);
    expect(after).toMatchObject({ restarts: 1, shimPid: before.shimPid, mainPid: before.mainPid });
    expect(borginit.stderr()).toContain(silentFor(3));
    expect(borginit.stdout()).toBe('up\n');
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)('does not keep %s from stopping the services', async (stop) => {
    await using borginit = await startBorginit({ config: config({}), env: preload });
    const { supervisor } = await serving(borginit, 0);
    await hang(supervisor, signal);
    borginit.kill(stop);
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.stderr()).toContain(silentFor(5));
    expect(borginit.stdout()).toBe('up\nstopped by USR1\n');
  });
});

describe('a supervisor that hangs while it stops the services', () => {
  it('is ended, and the next one goes on', async () => {
    const stubborn = { ...service, command: ['sh', '-c', 'trap "" USR1; echo up; exec sleep 1000'] };
    const long = { ...stubborn, stop: { signal: 'USR1', timeout: '12s' } };
    await using borginit = await startBorginit({ config: { services: { web: long } }, env: preload });
    const { supervisor } = await serving(borginit, 0);
    borginit.kill('SIGTERM');
    await until(() => borginit.stderr().includes('"to":"stopping"'), 'the beginning of the stop');
    await hang(supervisor, 'SIGUSR2');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.stderr()).toContain(silentFor(5));
  });
});

describe('a supervisor that is no longer there to be asked', () => {
  it('is replaced by init in the end: the services are stopped by their own signal, and init leaves with 70', async () => {
    await using dir = await tempDir();
    const HANGS_WHILE = join(dir.path, 'hangs');
    await using borginit = await startBorginit({ config: config({}), env: { ...preload, HANGS_WHILE } });
    const { supervisor } = await serving(borginit, 0);
    writeFileSync(HANGS_WHILE, '');
    process.kill(supervisor.pid, 'SIGKILL');
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: 70, signal: null });
    expect(borginit.stdout()).toBe('up\nstopped by USR1\n');
    expect(borginit.stderr()).toContain('ppidshim: no supervisor stops the services in time: stopping them\n');
  });
});

describe('a start that hangs', () => {
  it('is ended, and the next one that does not adopts the same processes', async () => {
    await using dir = await tempDir();
    const [file, HANGS_WHILE] = [join(dir.path, 'borginit.json'), join(dir.path, 'hangs')];
    const env = { ...preload, HANGS_WHILE, BORGINIT_RUN_DIR: join(dir.path, 'run') };
    writeFileSync(file, JSON.stringify(config({})));
    const supervisor = [process.execPath, join(root, 'bin/borginit.js'), 'run', '-c', file];
    const command = [join(root, 'dist/ppidshim'), '--init', '--start-timeout', '6', '--', ...supervisor];
    await using init = startCommand(command, { env });
    await until(() => init.stdout() === 'up\n', 'the service');
    const running = await until(() => supervisorBelow(init.pid), 'the supervisor');
    const main = () => processesBelow(init.pid).find(({ title }) => title.startsWith('sh -c'));
    const before = main();
    writeFileSync(HANGS_WHILE, '');
    process.kill(running.pid, 'SIGKILL');
    await until(() => init.stderr().includes(silentFor(6)), 'the end of the first that hangs');
    rmSync(HANGS_WHILE);
    await until(() => supervisorBelow(init.pid), 'one that does not', 60_000);
    await until(() => init.stderr().split('"adopting"').length > 2, 'what it has found', 60_000);
    expect(main()).toMatchObject({ pid: before?.pid, startTicks: before?.startTicks });
    expect(init.stdout()).toBe('up\n');
  });
});

describe('a supervisor that is left alone', () => {
  it('is one with the watchdog off, for as long as it hangs', async () => {
    await using borginit = await startBorginit({ config: config({ watchdog: 'off' }), env: preload });
    const { supervisor } = await serving(borginit, 0);
    await hang(supervisor, 'SIGSTOP');
    borginit.kill('SIGTERM');
    await pass(10_000);
    expect(borginit.stdout()).toBe('up\n');
    process.kill(supervisor.pid, 'SIGCONT');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.stderr()).not.toContain('ppidshim:');
  });

  it('is one that stood still together with everything else', async () => {
    await using borginit = await startBorginit({ config: config({ watchdog: '3s' }), env: preload });
    const before = await serving(borginit, 0);
    const all = [borginit.pid, ...borginit.processes().map(({ pid }) => pid)];
    for (let round = 0; round < 2; round++) {
      for (const pid of all.toReversed()) process.kill(pid, 'SIGSTOP');
      await pass(5_000);
      for (const pid of all) process.kill(pid, 'SIGCONT');
      await pass(300);
    }
    await pass(4_000);
    expect(await serving(borginit, 0)).toEqual({
      ...before,
      supervisor: expect.objectContaining({ pid: before.supervisor.pid }) as unknown,
    });
    expect(borginit.stderr()).not.toContain('ppidshim:');
  });

  it('is one of a command that has passed QUIT on, and one that is being asked to stop', async () => {
    await using borginit = await startBorginit({ command: ['sh', '-c', script], env: preload });
    const { supervisor } = await serving(borginit, 0);
    borginit.kill('SIGQUIT');
    await until(() => borginit.stdout().includes('quit\n'), 'QUIT to arrive');
    // Longer than a stop could take.
    await pass(12_000);
    expect(isAlive(supervisor)).toBe(true);
    // Until it hangs: a command's is watched over as well.
    await hang(supervisor, 'SIGUSR2');
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.stdout()).toBe('up\nquit\nstopped by TERM\n');
    expect(borginit.stderr()).toContain(silentFor(5));
  });
});
