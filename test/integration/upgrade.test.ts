/** borginit replaced by another release of itself, under services that do not notice. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit, type Borginit } from '../rig/borginit.ts';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { startLoad } from '../rig/load.ts';
import { createPackages } from '../rig/packages.ts';
import { request } from '../rig/request.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const statusOf = async ({ runDir }: Borginit): Promise<Snapshot> =>
  JSON.parse((await request(`unix:${join(runDir, 'control.sock')}:/v1/status`)).body) as Snapshot;

/** All that must be the same afterwards. */
async function kept(deployment: Deployment) {
  const { pid, services } = await deployment.status();
  const [web] = services['web']?.instances ?? [];
  if (web === undefined) throw new Error('cannot see the service web');
  const { state, generation, revision, shimPid, mainPid, startedAt, restarts, lastReload } = web;
  const workers = web.workers.map((worker) => worker.pid);
  return { pid, state, generation, revision, shimPid, mainPid, startedAt, restarts, lastReload, workers };
}

describe('an upgrade', () => {
  it('hands over to the release that is installed now, without a lost request', async () => {
    await using packages = await createPackages();
    await packages.install('1.0.0');
    await using deployment = await startDeployment({ server: 'unicorn', launcher: packages.launcher });
    const { borginit } = deployment;
    await deployment.deploy('r1', 'good');
    const before = { ...(await kept(deployment)), supervisor: (await deployment.status()).supervisor };
    expect(before.supervisor).toMatchObject({ version: '1.0.0', restarts: 0 });
    await packages.install('2.0.0');
    await using load = await startLoad({ url: deployment.home.url, connections: 4 });
    const { code, stdout } = await borginit.cli('upgrade', '--json');
    const told = JSON.parse(stdout) as unknown;
    const after = (await deployment.status()).supervisor;
    expect({ code, told }).toEqual({
      code: 0,
      told: { from: { pid: before.supervisor.pid, version: '1.0.0' }, to: { pid: after.pid, version: '2.0.0' } },
    });
    expect(after).toMatchObject({ version: '2.0.0', restarts: 1 });
    expect({ ...(await kept(deployment)), supervisor: before.supervisor }).toEqual(before);
    // It is a supervisor like any other.
    expect(await deployment.deploy('r2', 'good')).toMatchObject({ outcome: 'reloaded' });
    const { failed, errors } = await load.stop();
    expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
  });

  it('in the middle of a reload leaves that to the next supervisor', async () => {
    await using packages = await createPackages();
    await packages.install('1.0.0');
    const reload = { soak: '3s' };
    await using deployment = await startDeployment({ server: 'unicorn', launcher: packages.launcher, reload });
    await packages.install('2.0.0');
    await deployment.home.addRelease('r1', 'good');
    await deployment.home.pointTo('r1');
    await deployment.reaches('soaking');
    const { code } = await deployment.borginit.cli('upgrade');
    expect(code).toBe(0);
    expect(await deployment.ends('r1')).toMatchObject({ outcome: 'reloaded' });
    expect((await deployment.status()).supervisor.version).toBe('2.0.0');
  });

  it.each([
    { what: 'raises as it is loaded', spoil: 'throw new Error("no such luck");', says: 'exited with 1' },
    { what: 'ends without a word', spoil: 'process.exit(0);', says: 'exited with 0 without a word' },
    { what: 'is killed', spoil: 'process.kill(process.pid, "SIGKILL");', says: 'was killed by SIGKILL' },
  ])('is refused where the new release $what', async ({ spoil, says }) => {
    await using packages = await createPackages();
    await packages.install('1.0.0');
    await using borginit = await startBorginit({ command: ['sleep', '1000'], launcher: packages.launcher });
    const before = await until(() => statusOf(borginit), 'an answer');
    await packages.install('2.0.0', `if (process.argv.includes('--rehearse')) ${spoil}`);
    const { code, stderr } = await borginit.cli('upgrade');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(says) as string });
    expect((await statusOf(borginit)).supervisor).toEqual(before.supervisor);
  });

  it('is refused where the configuration has a mistake by now, which is named', async () => {
    await using dir = await tempDir();
    const file = join(dir.path, 'borginit.yaml');
    await writeFile(file, 'services: { web: { command: [sleep, 1000] } }');
    await using borginit = await startBorginit({ args: ['-c', file] });
    const before = await until(() => statusOf(borginit), 'an answer');
    await writeFile(file, 'services: { web: { comand: [sleep, 1000] } }');
    const { code, stderr } = await borginit.cli('upgrade');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('comand') as string });
    expect((await statusOf(borginit)).supervisor).toEqual(before.supervisor);
  });

  it('is refused where a newer borginit has written the journal', async () => {
    await using borginit = await startBorginit({ command: ['sleep', '1000'] });
    const before = await until(async () => {
      const status = await statusOf(borginit);
      return status.services['sleep']?.instances[0]?.state === 'running' && status;
    }, 'a running service');
    const journal = join(borginit.runDir, 'journal.json');
    const record = JSON.parse(await readFile(journal, 'utf8')) as object;
    await writeFile(journal, JSON.stringify({ ...record, version: 99 }));
    const { code, stderr } = await borginit.cli('upgrade');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('a newer borginit has written it: its format is 99') as string,
    });
    expect((await statusOf(borginit)).supervisor).toEqual(before.supervisor);
  });

  it('is no failure of the supervisor, however often it is asked for', async () => {
    await using borginit = await startBorginit({ command: ['sh', '-c', 'sleep 1000; exit 3'] });
    const mainPid = async (): Promise<number | undefined> =>
      Object.values((await statusOf(borginit)).services)[0]?.instances[0]?.mainPid ?? undefined;
    const before = await until(mainPid, 'a main process');
    // Init gives up at ten deaths in a row.
    for (let times = 1; times <= 11; times += 1) {
      const { code, stderr } = await borginit.cli('upgrade');
      expect({ times, code, stderr }).toEqual({ times, code: 0, stderr: '' });
    }
    expect((await statusOf(borginit)).supervisor.restarts).toBe(11);
    expect(await mainPid()).toBe(before);
    process.kill(borginit.processes().find(({ title }) => title === 'sleep 1000')?.pid ?? NaN, 'SIGKILL');
    expect(await borginit.exit).toEqual({ code: 3, signal: null });
  });

  it('is refused without an init that would start the next', async () => {
    await using borginit = await startBorginit({ args: ['--no-init'], command: ['sleep', '1000'] });
    await until(() => statusOf(borginit), 'an answer');
    const { code, stderr } = await borginit.cli('upgrade');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('has no init') as string });
  });
});
