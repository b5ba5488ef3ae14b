/** A reload under load: what users see of good and of broken releases. The servers are real ones. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import { pidsOf, servesAlone } from '../rig/generations.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { startWrk } from '../rig/wrk.ts';

/** CI's share is in the tables; `BORGINIT_TEST_ROUNDS=20` for the long run. */
const rounds = process.env['BORGINIT_TEST_ROUNDS'];
const roundsOr = (share: number): number => (rounds === undefined ? share : Number(rounds));

const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };

interface Broken {
  readonly kind: ReleaseKind;
  readonly preload: boolean;
  readonly why: Readonly<Record<'unicorn' | 'gunicorn', RegExp>>;
}

const workersEnded = /workers of the new generation have ended/;
const masterEnded = /the new master has ended|no new master appeared/;
/** gunicorn gives up by itself when a worker cannot boot, which may come first. */
const eitherEnded = /the new master has ended|workers of the new generation have ended/;
const tooLate = /not proven in time: /;

const broken: readonly Broken[] = [
  { kind: 'raises-at-boot', preload: false, why: { unicorn: workersEnded, gunicorn: eitherEnded } },
  { kind: 'raises-at-boot', preload: true, why: { unicorn: masterEnded, gunicorn: masterEnded } },
  {
    kind: 'hangs-at-boot',
    preload: false,
    why: { unicorn: /not proven in time: 2 of 2 workers run, 0 of them ready/, gunicorn: tooLate },
  },
  { kind: 'hangs-at-boot', preload: true, why: { unicorn: tooLate, gunicorn: tooLate } },
  { kind: 'crash-loops', preload: false, why: { unicorn: workersEnded, gunicorn: workersEnded } },
  { kind: 'exits-at-once', preload: false, why: { unicorn: masterEnded, gunicorn: masterEnded } },
];

describe.each([
  { server: 'unicorn', good: roundsOr(20), bad: roundsOr(2) },
  { server: 'gunicorn', good: roundsOr(5), bad: roundsOr(1) },
] as const)('a reload of $server under load', ({ server, good, bad }) => {
  it('moves it to good revisions in a row without losing a request', async () => {
    await using deployment = await startDeployment({ server });
    await using load = startWrk(deployment.home.url);
    for (let round = 1; round <= good; round += 1) {
      const record = await deployment.deploy(`good-${round}`, 'good');
      expect(record).toMatchObject({
        ...{ outcome: 'reloaded', why: 'the new generation proved itself' },
        from: { revision: round === 1 ? 'r0' : `good-${round - 1}` },
      });
    }
    const { requests, badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    expect(requests).toBeGreaterThan(100);
    await servesAlone(deployment, `good-${good}`);
    expect(await deployment.instance()).toMatchObject({ generation: good + 1 });
  }, 600_000);

  it.each(broken)(
    'keeps the old generation serving when the new code $kind (preload $preload)',
    async ({ kind, preload, why }) => {
      const reload = { timeout: kind === 'hangs-at-boot' ? '4s' : '30s', soak: '1s' };
      await using deployment = await startDeployment({ server, preload, reload });
      const before = pidsOf(deployment);
      await using load = startWrk(deployment.home.url);
      for (let round = 1; round <= bad; round += 1) {
        const record = await deployment.deploy(`bad-${round}`, kind);
        expect(record).toMatchObject({ outcome: 'rolled-back', from: { revision: 'r0' } });
        expect(record.why).toMatch(why[server]);
      }
      const { badStatuses, socketErrors } = await load.stop();
      // A worker that dies in the middle of a request takes that along, and no other.
      const lost = deployment.home.deaths();
      expect({ badStatuses, socketErrors }).toEqual({
        badStatuses: 0,
        socketErrors: { ...nothing, read: expect.toSatisfy((read: number) => read <= lost) as number },
      });
      await servesAlone(deployment, 'r0');
      expect(pidsOf(deployment)).toEqual(before);
      expect(await deployment.instance()).toMatchObject({ generation: 1, restarts: 0 });
    },
    300_000,
  );

  it('rolls back a release that boots and answers 500, although the old workers answer 200 on the same socket', async () => {
    await using deployment = await startDeployment({ server });
    const before = pidsOf(deployment);
    const record = await deployment.deploy('bad', 'answers-500');
    const why = 'the new generation answered 500 to GET /ping';
    expect(record).toMatchObject({ outcome: 'rolled-back', phase: 'proving', why });
    await servesAlone(deployment, 'r0');
    expect(pidsOf(deployment)).toEqual(before);
  });

  it('is no success where the new generation runs the old code: the file was written, and the link not moved', async () => {
    await using deployment = await startDeployment({ server, health: { revisionHeader: 'X-Revision' } });
    writeFileSync(deployment.home.revisionFile, 'r1\n');
    const why = 'the new generation answered with X-Revision "r0", expected "r1"';
    expect(await deployment.ends('r1')).toMatchObject({ outcome: 'rolled-back', why });
    expect(await deployment.deploy('r2', 'good')).toMatchObject({ outcome: 'reloaded' });
  });

  it('takes the body for the header where that is where the application names its revision', async () => {
    await using deployment = await startDeployment({ server, health: { http: '/', revisionBody: true } });
    writeFileSync(deployment.home.revisionFile, 'r1\n');
    const why = 'the new generation answered GET / without naming "r1"';
    expect(await deployment.ends('r1')).toMatchObject({ outcome: 'rolled-back', why });
    expect(await deployment.deploy('r2', 'good')).toMatchObject({ outcome: 'reloaded' });
  });
});
