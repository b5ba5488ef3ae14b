/** Fleets with real processes: canaries that go first, permits that go round, and supervisors that die meanwhile. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { RolloutSnapshot } from '../../src/model/snapshot.ts';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const notCanary = (after: string) => ({ canary: { percent: 0, after, on: 'web-7' } });

/** Waits until the deployment is in that state of a rollout. */
const rolloutOf = (deployment: Deployment, state: RolloutSnapshot['state']): Promise<RolloutSnapshot> =>
  until(async (note) => {
    const { rollout } = await deployment.status();
    note(rollout);
    return rollout?.state === state && rollout;
  }, `a rollout that is ${state}`);

const noRollout = (deployment: Deployment): Promise<boolean> =>
  until(async () => (await deployment.status()).rollout === null, 'no rollout');

async function pointTo({ home }: Deployment, revision: string): Promise<void> {
  await home.addRelease(revision);
  await home.pointTo(revision);
}

/** SIGKILL to the supervisor; resolves when the next one answers. */
async function killSupervisor(deployment: Deployment): Promise<void> {
  const { pid } = (await deployment.status()).supervisor;
  await deployment.borginit.inside(['kill', '-9', String(pid)]);
  await until(async () => (await deployment.status()).supervisor.pid !== pid, 'the next supervisor');
}

const reloadTo = (deployment: Deployment, revision: string): Promise<ReloadRecord> =>
  until(async () => {
    const { lastReload } = await deployment.instance();
    return lastReload?.to.revision === revision && lastReload;
  }, `a reload to ${revision}`);

const endOf = ({ startedAt, durationMs }: ReloadRecord): number => Date.parse(startedAt) + durationMs;

/** Another holder of a lock, as somebody else's borginit would be. */
function holdLock(file: string): Disposable & { readonly held: () => boolean } {
  const child = spawn('flock', ['-x', file, 'cat']);
  let held = false;
  child.stdout.once('data', () => (held = true));
  child.stdin.write('\n');
  return { held: () => held, [Symbol.dispose]: () => void child.stdin.end() };
}

describe('a host that is no canary', () => {
  it('waits, says so, and has nothing to do when the file is changed back', async () => {
    await using deployment = await startDeployment({ server: 'stand-in', revision: notCanary('1h') });
    const { borginit } = deployment;
    await pointTo(deployment, 'r1');
    const rollout = await rolloutOf(deployment, 'waiting');
    expect(rollout).toMatchObject({ revision: 'r1', canary: false });
    expect(Date.parse(rollout.dueAt ?? '')).toBeGreaterThan(Date.now());
    expect((await borginit.cli('status')).stdout).toMatch(
      /^rollout: r1 is followed in \d+m \d+s, after the canaries$/m,
    );
    expect((await deployment.instance()).revision).toBe('r0');
    await deployment.home.pointTo('r0');
    await noRollout(deployment);
    expect(await deployment.instance()).toMatchObject({ revision: 'r0', generation: 1, lastReload: null });
    expect(borginit.stderr()).toContain('"msg":"waiting to follow the revision"');
    expect(borginit.stderr()).toContain('"msg":"nothing to wait for any more"');
  });

  it('is not held back from what an operator asks for', async () => {
    await using deployment = await startDeployment({ server: 'stand-in', revision: notCanary('1h') });
    await pointTo(deployment, 'r1');
    await rolloutOf(deployment, 'waiting');
    expect((await deployment.borginit.cli('reload')).code).toBe(0);
    await noRollout(deployment);
    expect((await deployment.instance()).lastReload).toMatchObject({ trigger: 'operator', to: { revision: 'r1' } });
  });

  it('goes on waiting to the same instant when its supervisor is killed', async () => {
    await using deployment = await startDeployment({ server: 'stand-in', revision: notCanary('1h') });
    await pointTo(deployment, 'r1');
    const before = await rolloutOf(deployment, 'waiting');
    await killSupervisor(deployment);
    await killSupervisor(deployment);
    const after = await rolloutOf(deployment, 'waiting');
    // Two lives later: a wait that had begun anew would be over as much later.
    const laterMs = Date.parse(after.dueAt ?? '') - Date.parse(before.dueAt ?? '');
    expect(Math.abs(laterMs)).toBeLessThan(100);
    expect((await deployment.instance()).revision).toBe('r0');
  });

  it('follows in its time, whichever supervisor that is', async () => {
    await using deployment = await startDeployment({ server: 'stand-in', revision: notCanary('10s') });
    await pointTo(deployment, 'r1');
    const { dueAt } = await rolloutOf(deployment, 'waiting');
    await killSupervisor(deployment);
    const record = await reloadTo(deployment, 'r1');
    expect(record).toMatchObject({ trigger: 'revision', outcome: 'reloaded' });
    expect(Date.parse(record.startedAt)).toBeGreaterThanOrEqual(Date.parse(dueAt ?? '') - 2);
  });
});

describe('hosts that share one permit', () => {
  it('reload one after the other', async () => {
    await using shared = await tempDir();
    const rollout = { lock: join(shared.path, 'shop.lock'), atMost: 1 };
    await using one = await startDeployment({ server: 'stand-in', rollout });
    await using two = await startDeployment({ server: 'stand-in', rollout });
    await Promise.all([pointTo(one, 'r1'), pointTo(two, 'r1')]);
    const records = await Promise.all([reloadTo(one, 'r1'), reloadTo(two, 'r1')]);
    const [first, second] = records.sort((a, b) => endOf(a) - endOf(b));
    expect(records.map(({ outcome }) => outcome)).toEqual(['reloaded', 'reloaded']);
    expect(Date.parse(second.startedAt)).toBeGreaterThanOrEqual(endOf(first) - 2);
    await Promise.all([noRollout(one), noRollout(two)]);
  });

  it('get the permit of a holder that dies', async () => {
    await using shared = await tempDir();
    const rollout = { lock: join(shared.path, 'shop.lock') };
    await using one = await startDeployment({ server: 'stand-in', rollout });
    await using two = await startDeployment({ server: 'stand-in', rollout });
    await one.home.addRelease('r1', 'hangs-at-boot');
    await one.home.pointTo('r1');
    await rolloutOf(one, 'moving');
    await pointTo(two, 'r1');
    await rolloutOf(two, 'queueing');
    await killSupervisor(one);
    expect(await reloadTo(two, 'r1')).toMatchObject({ outcome: 'reloaded' });
    // The reload that its dead supervisor had begun goes on, and waits for nobody to do so.
    expect((await one.instance()).state).toBe('reloading');
  });

  it('wait while somebody else has it, also across supervisors, and hold nothing afterwards', async () => {
    await using shared = await tempDir();
    const lock = join(shared.path, 'shop.lock');
    await using deployment = await startDeployment({ server: 'stand-in', rollout: { lock } });
    {
      using stranger = holdLock(`${lock}.1`);
      await until(stranger.held, 'the lock to be held');
      await pointTo(deployment, 'r1');
      expect(await rolloutOf(deployment, 'queueing')).toMatchObject({ detail: `1 at once by ${lock}`, dueAt: null });
      await killSupervisor(deployment);
      await rolloutOf(deployment, 'queueing');
      expect((await deployment.instance()).revision).toBe('r0');
    }
    expect(await reloadTo(deployment, 'r1')).toMatchObject({ outcome: 'reloaded' });
    await noRollout(deployment);
    using next = holdLock(`${lock}.1`);
    await until(next.held, 'the lock to be free');
  });

  it('do not move without one', async () => {
    await using shared = await tempDir();
    const rollout = { lock: join(shared.path, 'absent', 'shop.lock'), atMost: 2 };
    await using deployment = await startDeployment({ server: 'stand-in', rollout });
    await pointTo(deployment, 'r1');
    const { detail, dueAt } = await rolloutOf(deployment, 'blocked');
    expect(detail).toMatch(/^flock: .*absent\/shop\.lock\.[12].*No such file or directory$/);
    expect(dueAt).not.toBeNull();
    expect(deployment.borginit.stderr()).toContain('"msg":"cannot take a permit"');
    expect((await deployment.instance()).revision).toBe('r0');
    await deployment.home.pointTo('r0');
    await noRollout(deployment);
  });
});
