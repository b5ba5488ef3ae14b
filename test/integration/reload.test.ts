/** A reload under load: what users see of good and of broken releases. The server is a real unicorn. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { startWrk } from '../rig/wrk.ts';
import { workersOf } from '../rig/masters.ts';

/** CI's share; `BORGINIT_TEST_ROUNDS=20` for the long run. */
const rounds = Number(process.env['BORGINIT_TEST_ROUNDS'] ?? 2);

const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };

describe('a reload under load', () => {
  it('moves a unicorn to twenty good revisions in a row without losing a request', async () => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    await using load = startWrk(deployment.home.url);
    for (let round = 1; round <= 20; round += 1) {
      const record = await deployment.deploy(`good-${round}`, 'good');
      expect(record).toMatchObject({
        outcome: 'reloaded',
        from: { revision: round === 1 ? 'r0' : `good-${round - 1}` },
      });
    }
    const { requests, badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    expect(requests).toBeGreaterThan(1_000);
    expect(await deployment.instance()).toMatchObject({ state: 'running', revision: 'good-20', generation: 21 });
  }, 300_000);

  const broken: readonly { kind: ReleaseKind; preload: boolean; why: RegExp }[] = [
    { kind: 'raises-at-boot', preload: false, why: /workers of the new generation have ended/ },
    { kind: 'raises-at-boot', preload: true, why: /the new master has ended/ },
    { kind: 'hangs-at-boot', preload: false, why: /not proven in time: 2 of 2 workers run, 0 of them ready/ },
    { kind: 'hangs-at-boot', preload: true, why: /not proven in time: / },
    { kind: 'crash-loops', preload: false, why: /workers of the new generation have ended/ },
    { kind: 'exits-at-once', preload: false, why: /new master/ },
  ];

  it.each(broken)(
    'keeps the old generation serving when the new code $kind (preload $preload)',
    async ({ kind, preload, why }) => {
      const reload = { timeout: kind === 'hangs-at-boot' ? '3s' : '30s', soak: '1s' };
      await using deployment = await startDeployment({ server: 'unicorn', preload, reload });
      const before = await deployment.instance();
      await using load = startWrk(deployment.home.url);
      for (let round = 1; round <= rounds; round += 1) {
        const record = await deployment.deploy(`bad-${round}`, kind);
        expect(record).toMatchObject({ outcome: 'rolled-back', from: { revision: 'r0' } });
        expect(record.why).toMatch(why);
      }
      const { badStatuses, socketErrors } = await load.stop();
      // A worker that dies in the middle of a request takes that along, and no other.
      const lost = deployment.home.deaths();
      expect({ badStatuses, socketErrors }).toEqual({
        badStatuses: 0,
        socketErrors: { ...nothing, read: expect.toSatisfy((read: number) => read <= lost) as number },
      });
      const after = await deployment.instance();
      expect(after).toMatchObject({ state: 'running', revision: 'r0', mainPid: before.mainPid, generation: 1 });
      expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
      expect(deployment.borginit.processes().filter(({ title }) => title.startsWith('unicorn master'))).toHaveLength(1);
    },
    300_000,
  );

  it('rolls back a release that boots and answers 500, although the old workers answer 200 on the same socket', async () => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    const before = await deployment.instance();
    const record = await deployment.deploy('bad', 'answers-500');
    expect(record).toMatchObject({
      outcome: 'rolled-back',
      phase: 'proving',
      why: 'the new generation answered 500 to GET /ping',
    });
    const after = await deployment.instance();
    expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
    const [master] = deployment.borginit.processes().filter(({ title }) => title.startsWith('unicorn master'));
    expect(workersOf(master?.pid ?? 0)).toHaveLength(2);
  });

  it('is no success where the new generation runs the old code: the file was written, and the link not moved', async () => {
    await using deployment = await startDeployment({ server: 'unicorn', health: { revisionHeader: 'X-Revision' } });
    writeFileSync(deployment.home.revisionFile, 'r1\n');
    const { lastReload } = await until(async () => {
      const now = await deployment.instance();
      return now.lastReload !== null && now;
    }, 'the end of the reload');
    const why = 'the new generation answered with X-Revision "r0", expected "r1"';
    expect(lastReload).toMatchObject({ outcome: 'rolled-back', why, to: { revision: 'r1' } });
    expect(await deployment.deploy('r2', 'good')).toMatchObject({ outcome: 'reloaded' });
  });
});
