import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSupervisor, type ConfigInput, type ReloadRecord, type Snapshot } from '../../src/index.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { configFor } from '../rig/deployment.ts';
import { isAlive, processesBelow, readProcess, readTitle, type ProcessRow } from '../rig/processes.ts';
import { createAppHome } from '../rig/releases.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const fixtures = join(import.meta.dirname, '../fixtures/library');
const commandLine = join(import.meta.dirname, '../surfaces/borginit.ts');
const sleeper = { command: ['sleep', '1000'] };
const twoSleepers: ConfigInput = { services: { one: sleeper, two: sleeper }, supervisor: { orphans: 'keep' } };

const embed = (runDir: string, config: ConfigInput): RunningCommand =>
  startCommand([process.execPath, join(fixtures, 'embeds.ts'), runDir, JSON.stringify(config)]);

const firstLine = <T>({ stdout, stderr }: RunningCommand): Promise<T> =>
  until((note) => {
    note(stderr());
    const [line, rest] = stdout().split('\n');
    return rest === undefined ? undefined : (JSON.parse(line ?? '') as T);
  }, 'the first line');

/** Every shim and main process, by pid and start time. */
const processesOf = ({ services }: Snapshot): ProcessRow[] =>
  Object.values(services)
    .flatMap(({ instances }) => instances.flatMap(({ shimPid, mainPid }) => [shimPid, mainPid]))
    .flatMap((pid) => (pid === null ? [] : (readProcess(pid) ?? [])));

describe('a supervisor in somebody’s program', () => {
  it('tells what happens, reloads a server and stops it', async () => {
    await using home = await createAppHome({ server: 'stand-in' });
    await using dir = await tempDir();
    await home.addRelease('r1');
    await home.pointTo('r1');
    await using supervisor = createSupervisor(configFor(home), { runDir: join(dir.path, 'run') });
    const states: string[] = [];
    const reloads: ReloadRecord[] = [];
    supervisor.on('transition', ({ service, to }) => states.push(`${service} ${to}`));
    supervisor.on('reload', (record) => reloads.push(record));

    await supervisor.start();
    const web = async () => (await supervisor.snapshot()).services['web']?.instances[0];
    await until(async () => (await web())?.health === 'healthy', 'the service is healthy');
    expect(await web()).toMatchObject({ state: 'running', generation: 1, revision: 'r1', lastReload: null });

    expect(await supervisor.reload('web')).toMatchObject([{ service: 'web', instance: 1, ok: true }]);
    expect(reloads).toMatchObject([{ outcome: 'reloaded', trigger: 'operator', to: { generation: 2 } }]);
    expect(supervisor.history()).toEqual(reloads);
    expect((await web())?.lastReload).toEqual(reloads[0]);

    expect(await supervisor.stop()).toBe(0);
    expect(await web()).toMatchObject({ state: 'down', mainPid: null, workers: [] });
    expect(states).toEqual(
      expect.arrayContaining(['web running', 'web reloading/proving', 'web reloading/retiring', 'web down']),
    );
  });

  it('refuses what it cannot do, with a code', async () => {
    await using dir = await tempDir();
    const options = { runDir: join(dir.path, 'run') };
    expect(() => createSupervisor({ services: {} }, options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error,
    );
    await using supervisor = createSupervisor(twoSleepers, options);
    await supervisor.start();
    await expect(supervisor.reload('three')).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
    await expect(supervisor.plan('three')).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
    const why = 'cannot reload one.1: server "none" has no way to reload; restart it instead';
    expect(await supervisor.plan('one')).toMatchObject([{ steps: [], refusal: { why, needsForce: false } }]);
  });

  it('says what a reload would do, and does nothing', async () => {
    await using home = await createAppHome({ server: 'stand-in' });
    await using dir = await tempDir();
    await home.addRelease('r1');
    await home.pointTo('r1');
    await using supervisor = createSupervisor(configFor(home), { runDir: join(dir.path, 'run') });
    await supervisor.start();
    const web = async () => (await supervisor.snapshot()).services['web']?.instances[0];
    await until(async () => (await web())?.health === 'healthy', 'the service is healthy');
    const planned = { service: 'web', instance: 1, strategy: 'reexec', from: { generation: 1, revision: 'r1' } };
    const to = { generation: 2, revision: 'r1' };
    expect(await supervisor.plan()).toMatchObject([{ ...planned, to, refusal: null }]);

    await home.addRelease('r2', 'exits-at-once');
    await home.pointTo('r2');
    const failed = await until(async () => (await web())?.lastReload ?? undefined, 'the end of the reload');
    const [plan] = await supervisor.plan('web');
    const refusal = { why: expect.stringContaining(failed.why) as string, needsForce: true };
    expect(plan).toMatchObject({ ...planned, to: { generation: 3, revision: 'r2' }, refusal });
    expect(plan?.steps[0]).toMatchObject({ phase: 'refused', text: expect.stringContaining('only --force') as string });
    expect(supervisor.history()).toEqual([failed]);
    expect(await web()).toMatchObject({ state: 'running', generation: 1 });
  });

  it('leaves no process at the end of its scope, and the program exits by itself', async () => {
    await using dir = await tempDir();
    await using program = embed(join(dir.path, 'run'), twoSleepers);
    const processes = processesOf(await firstLine<Snapshot>(program));
    expect(processes).toHaveLength(4);
    program.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('starts everything again after a stop', async () => {
    await using dir = await tempDir();
    for (const round of ['first', 'second', 'third']) {
      await using supervisor = createSupervisor(twoSleepers, { runDir: join(dir.path, 'run') });
      await supervisor.start();
      await until(async () => {
        const { services } = await supervisor.snapshot();
        return Object.values(services).every(({ instances }) => instances[0]?.state === 'running');
      }, `both services run in the ${round} round`);
    }
  });

  it('leaves what runs to the next supervisor when it is released', async () => {
    await using dir = await tempDir();
    const options = { runDir: join(dir.path, 'run') };
    const first = createSupervisor(twoSleepers, options);
    await first.start();
    const areUp = async (supervisor: typeof first): Promise<ProcessRow[] | undefined> => {
      const processes = processesOf(await supervisor.snapshot());
      return processes.length === 4 ? processes : undefined;
    };
    const before = await until(() => areUp(first), 'two services');
    await first.release();
    await using next = createSupervisor(twoSleepers, options);
    await next.start();
    expect(processesOf(await next.snapshot())).toEqual(before);
  });

  it('adopts what a program that was killed has left, and no pid changes', async () => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    await using killed = embed(runDir, twoSleepers);
    const before = processesOf(await firstLine<Snapshot>(killed));
    killed.kill('SIGKILL');
    await killed.exit;
    expect(before.filter(isAlive)).toHaveLength(4);
    await using next = embed(runDir, twoSleepers);
    expect(processesOf(await firstLine<Snapshot>(next))).toEqual(before.map((row) => readProcess(row.pid)));
    expect(before.filter(isAlive)).toHaveLength(4);
    next.kill('SIGTERM');
    await next.exit;
    expect(before.filter(isAlive)).toEqual([]);
  });

  it('is the only one on its run directory', async () => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    await using first = embed(runDir, twoSleepers);
    const processes = processesOf(await firstLine<Snapshot>(first));
    await using second = embed(runDir, twoSleepers);
    expect(await firstLine(second)).toEqual({ error: 'CONTROL_IN_USE' });
    expect(await second.exit).toEqual({ code: 0, signal: null });
    expect(processes.filter(isAlive)).toHaveLength(4);
    first.kill('SIGTERM');
    await first.exit;
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('answers the command line', async () => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    await using program = embed(runDir, twoSleepers);
    const snapshot = await firstLine<Snapshot>(program);
    await using status = startCommand([process.execPath, commandLine, 'status', '--json'], {
      env: { BORGINIT_RUN_DIR: runDir },
    });
    expect(await status.exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(status.stdout())).toMatchObject({ pid: program.pid, supervisor: snapshot.supervisor });
    program.kill('SIGTERM');
    await program.exit;
  });
});

describe.skipIf(process.geteuid?.() !== 0)('a program that is PID 1', () => {
  it('becomes init, and no service is a child of it', async () => {
    await using dir = await tempDir();
    const script = [
      process.execPath,
      join(fixtures, 'becomes-init.ts'),
      JSON.stringify({ services: { one: sleeper } }),
    ];
    await using container = startCommand(
      ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL', ...script],
      { env: { BORGINIT_RUN_DIR: join(dir.path, 'run') } },
    );
    const snapshot = await firstLine<Snapshot>(container);
    expect(snapshot.pid).toBe(1);
    expect(snapshot.supervisor.pid).not.toBe(1);
    const processes = processesBelow(container.pid);
    const init = processes[0];
    expect(readTitle(init?.pid ?? 0)).toBe('borginit:one');
    const below = (pid = 0): string[] =>
      processes.filter(({ parentPid }) => parentPid === pid).map(({ title }) => title.replace(/^\S*node .*/, 'node'));
    expect(below(init?.pid).sort()).toEqual(['node', 'ppidshim one']);
    expect(below(processes.find(({ title }) => title === 'ppidshim one')?.pid)).toEqual(['sleep 1000']);
    process.kill(init?.pid ?? expect.fail('it is not there'), 'SIGTERM');
    expect(await container.exit).toEqual({ code: 0, signal: null });
    expect(await readFile(join(dir.path, 'run', 'journal.json'), 'utf8')).toContain('"stage":"left"');
  });
});
