/** Two generations that do not fit into memory side by side: worker by worker, the new one takes the places of the old. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, servesAlone } from '../rig/generations.ts';
import { canLimitMemory, makeMemoryCgroup } from '../rig/memory-cgroup.ts';
import { isAlive } from '../rig/processes.ts';
import { until } from '../rig/until.ts';
import { startWrk } from '../rig/wrk.ts';

const workers = 4;
const reload = { handover: 'stepwise' };
const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };
/** Where there is no such cgroup to be had, test/effects/memory.test.ts and test/machine/stepwise.test.ts are all there is. */
const canLimit = await canLimitMemory();
const supervisorTitle = 'borginit supervisor';

/** Looks again and again at how many workers there are while the new generation takes over. */
async function mostWorkers(deployment: Deployment, ended: Promise<unknown>): Promise<number> {
  let most = 0;
  let isOver = false;
  void ended.finally(() => (isOver = true));
  await deployment.reaches('handing-over');
  await until(() => {
    const count = generationsOf(deployment).reduce((sum, generation) => sum + generation.workers.length, 0);
    most = Math.max(most, count);
    return isOver;
  }, 'the end of the reload');
  return most;
}

describe.each(['unicorn', 'gunicorn'] as const)('a stepwise reload of %s', (server) => {
  it.each([false, true])(
    'loses no request, and never has more than one worker too many (preload %s)',
    async (preload) => {
      await using deployment = await startDeployment({ server, preload, workers, reload });
      await using load = startWrk(deployment.home.url);
      // gunicorn beats at its own pace, and a second round would tell nothing new.
      const revisions = server === 'gunicorn' ? ['r2'] : ['r1', 'r2'];
      for (const revision of revisions) {
        const ended = deployment.deploy(revision, 'good');
        const most = await mostWorkers(deployment, ended);
        const record = await ended;
        expect(record).toMatchObject({ outcome: 'reloaded', why: 'the new generation proved itself' });
        // One that is silent for a moment proves itself anew, and then the phases come twice.
        expect([...new Set(record.timeline.map(({ phase }) => phase))]).toEqual([
          ...['preparing', 'starting', 'proving', 'handing-over', 'soaking', 'retiring'],
        ]);
        expect(most).toBe(workers + 1);
      }
      const { badStatuses, socketErrors, requests } = await load.stop();
      expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
      expect(requests).toBeGreaterThan(100);
      await servesAlone(deployment, 'r2', { workers });
      await leavesNothing(deployment);
    },
    180_000,
  );

  it('that breaks at its first worker costs the old generation nothing', async () => {
    await using deployment = await startDeployment({ server, workers, reload });
    const [before] = generationsOf(deployment);
    const record = await deployment.deploy('bad', 'answers-500');
    const why = 'the new generation answered 500 to GET /ping';
    expect(record).toMatchObject({ outcome: 'rolled-back', phase: 'proving', why });
    await servesAlone(deployment, 'r0', { workers });
    expect(generationsOf(deployment)[0]?.workers.map(({ pid }) => pid)).toEqual(before?.workers.map(({ pid }) => pid));
  });

  it('whose new master is killed in the middle brings the old workers back', async () => {
    // Without preload, gunicorn would load what `current` means by now.
    await using deployment = await startDeployment({ server, workers, reload, preload: true });
    const [old] = generationsOf(deployment);
    await deployment.home.addRelease('next');
    await using load = startWrk(deployment.home.url);
    await deployment.home.pointTo('next');
    await deployment.reaches('handing-over');
    const fresh = await until(() => {
      const [before, after] = generationsOf(deployment);
      return before !== undefined && before.workers.length < workers && after;
    }, 'an old worker that has gone');
    process.kill(fresh.master.pid, 'SIGKILL');
    expect(await deployment.ends('next')).toMatchObject({
      ...{ outcome: 'rolled-back', phase: 'handing-over' },
      why: expect.stringMatching(/^the new master has ended: its own log says why/) as string,
    });
    await servesAlone(deployment, 'r0', { workers });
    expect(generationsOf(deployment)[0]?.master.pid).toBe(old?.master.pid);
    expect((await load.stop()).badStatuses).toBe(0);
  });

  it('whose old master is killed in the middle leaves the new one, which grows to what there was', async () => {
    await using deployment = await startDeployment({ server, workers, reload });
    const [old] = generationsOf(deployment);
    await deployment.home.addRelease('next');
    await deployment.home.pointTo('next');
    await deployment.reaches('handing-over');
    process.kill(old?.master.pid ?? expect.fail('no master'), 'SIGKILL');
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next', { workers });
  });

  it('is finished by the next supervisor where one is killed in the middle', async () => {
    await using deployment = await startDeployment({ server, workers, reload });
    await deployment.home.addRelease('next');
    await using load = startWrk(deployment.home.url);
    await deployment.home.pointTo('next');
    await deployment.reaches('handing-over');
    const supervisor = deployment.borginit.processes().find(({ title }) => title === supervisorTitle);
    process.kill(supervisor?.pid ?? expect.fail('no supervisor'), 'SIGKILL');
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next', { workers });
    const { badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
  });

  it('that is stopped in the middle ends both generations', async () => {
    await using deployment = await startDeployment({ server, workers, reload });
    await deployment.home.addRelease('next');
    await deployment.home.pointTo('next');
    await deployment.reaches('handing-over');
    await leavesNothing(deployment);
    const why = 'an operator stopped it';
    expect((await deployment.instance()).lastReload).toMatchObject({ outcome: 'failed', why });
  });
});

describe('a stepwise reload of unicorn', () => {
  it('that breaks at its second worker is rolled back, and the old generation is complete again', async () => {
    await using deployment = await startDeployment({ server: 'unicorn', workers, reload });
    const [old] = generationsOf(deployment);
    const record = await deployment.deploy('bad', 'breaks-later');
    const why = 'the new generation answered 500 to GET /ping';
    expect(record).toMatchObject({ outcome: 'rolled-back', phase: 'handing-over', why });
    expect(record.exposureMs).toBeGreaterThan(0);
    await servesAlone(deployment, 'r0', { workers });
    const [after] = generationsOf(deployment);
    expect(after?.master.pid).toBe(old?.master.pid);
  });

  it('says what is left of the old generation where its release was deleted, and starts no worker that cannot live', async () => {
    await using deployment = await startDeployment({ server: 'unicorn', workers, reload });
    await deployment.home.addRelease('bad', 'breaks-later');
    await deployment.home.pointTo('bad');
    await deployment.reaches('proving');
    rmSync(join(deployment.home.path, 'releases', 'r0'), { recursive: true });
    const record = await deployment.ends('bad');
    expect(record.why).toBe(
      'the new generation answered 500 to GET /ping; its workers end as they start, ' +
        'so the old generation has 3 of 4 workers',
    );
    const [old] = generationsOf(deployment);
    expect(old?.workers.filter(isAlive)).toHaveLength(workers - 1);
  });
});

describe.each(['unicorn', 'gunicorn'] as const)(
  'in a cgroup that two full generations of %s do not fit into',
  (server) => {
    it.runIf(canLimit)('a stepwise reload loses no request and nobody is killed for memory', async () => {
      // Four workers of about 60 MiB and masters; four more would take as much again.
      await using cgroup = makeMemoryCgroup(420 * 2 ** 20);
      await using deployment = await startDeployment({
        ...{ server, workers, reload, first: 'heavy' },
        service: ({ command }) => ({ command: ['sh', '-c', `echo $$ > ${cgroup.procs}; exec "$@"`, 'sh', ...command] }),
      });
      await using load = startWrk(deployment.home.url);
      expect(await deployment.deploy('r1', 'heavy')).toMatchObject({ outcome: 'reloaded' });
      const { badStatuses, socketErrors } = await load.stop();
      expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
      await servesAlone(deployment, 'r1', { workers });
      expect(cgroup.kills()).toBe(0);
    });
  },
);
