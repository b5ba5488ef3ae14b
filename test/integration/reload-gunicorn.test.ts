/** A reload of a real gunicorn under load: another language, other signals, no titles. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { startWrk } from '../rig/wrk.ts';

/** CI's share; `BORGINIT_TEST_ROUNDS=100` for the long run. */
const rounds = Number(process.env['BORGINIT_TEST_ROUNDS'] ?? 5);
const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };

describe('a reload of gunicorn', () => {
  it('moves it to good revisions in a row without losing a request', async () => {
    await using deployment = await startDeployment({ server: 'gunicorn' });
    await using load = startWrk(deployment.home.url);
    for (let round = 1; round <= rounds; round += 1) {
      const record = await deployment.deploy(`good-${round}`, 'good');
      expect(record).toMatchObject({ outcome: 'reloaded', why: 'the new generation proved itself' });
    }
    const { requests, badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    expect(requests).toBeGreaterThan(100);
    const after = await deployment.instance();
    expect(after).toMatchObject({ state: 'running', revision: `good-${rounds}`, workers: [{}, {}] });
  }, 600_000);

  const broken: readonly { kind: ReleaseKind; preload: boolean; why: RegExp }[] = [
    {
      kind: 'raises-at-boot',
      preload: false,
      why: /the new master has ended|workers of the new generation have ended/,
    },
    { kind: 'raises-at-boot', preload: true, why: /the new master has ended|no new master appeared/ },
    { kind: 'hangs-at-boot', preload: false, why: /not proven in time: / },
    { kind: 'hangs-at-boot', preload: true, why: /not proven in time: / },
    { kind: 'exits-at-once', preload: false, why: /new master/ },
  ];

  it.each(broken)(
    'keeps the old generation serving when the new code $kind (preload $preload)',
    async ({ kind, preload, why }) => {
      const reload = { timeout: kind === 'hangs-at-boot' ? '4s' : '30s', soak: '1s' };
      await using deployment = await startDeployment({ server: 'gunicorn', preload, reload });
      const before = await deployment.instance();
      await using load = startWrk(deployment.home.url);
      const record = await deployment.deploy('bad', kind);
      expect(record).toMatchObject({ outcome: 'rolled-back', from: { revision: 'r0' } });
      expect(record.why).toMatch(why);
      const { badStatuses, socketErrors } = await load.stop();
      expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
      const after = await deployment.instance();
      expect(after).toMatchObject({ state: 'running', revision: 'r0', mainPid: before.mainPid, generation: 1 });
      expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
      expect(deployment.borginit.processes().filter(({ title }) => title.includes('gunicorn'))).toHaveLength(3);
    },
    300_000,
  );

  it('rolls back a release that answers 500', async () => {
    await using deployment = await startDeployment({ server: 'gunicorn' });
    const before = await deployment.instance();
    const record = await deployment.deploy('bad', 'answers-500');
    expect(record).toMatchObject({ outcome: 'rolled-back', why: 'the new generation answered 500 to GET /ping' });
    const after = await deployment.instance();
    expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  });

  it('is refused where the working directory is gone, which would take the old generation down', async () => {
    await using deployment = await startDeployment({ server: 'gunicorn' });
    const before = await deployment.instance();
    await deployment.home.addRelease('next');
    rmSync(deployment.home.path, { recursive: true });
    const { stdout } = await deployment.borginit.cli('reload', '--json');
    expect(stdout).toContain('no new master could start: its working directory');
    expect(await deployment.instance()).toMatchObject({ mainPid: before.mainPid, workers: [{}, {}] });
  });

  it('outlives its old master: the new one serves, and the old workers, which do not notice, go', async () => {
    await using deployment = await startDeployment({ server: 'gunicorn', reload: { soak: '20s' } });
    const before = await deployment.instance();
    await using load = startWrk(deployment.home.url);
    await deployment.home.addRelease('next');
    await deployment.home.pointTo('next');
    await until(async () => (await deployment.instance()).detail.startsWith('soaking'), 'two generations side by side');
    const old = deployment.borginit.processes().find(({ innerPid }) => innerPid === before.mainPid);
    process.kill(old?.pid ?? 0, 'SIGKILL');
    const after = await until(async () => {
      const now = await deployment.instance();
      return now.state === 'running' && now.lastReload !== null && now;
    }, 'the end of the reload');
    expect(after).toMatchObject({ revision: 'next', workers: [{}, {}], lastReload: { outcome: 'reloaded' } });
    expect(deployment.borginit.processes().filter(({ title }) => title.includes('gunicorn'))).toHaveLength(3);
    const { badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
  });
});
