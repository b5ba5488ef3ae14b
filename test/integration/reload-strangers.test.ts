/** Others have their hands in it too: signals that borginit did not send, and pid files that lie. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment, type DeploymentOptions } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, pidsOf, servesAlone } from '../rig/generations.ts';
import { startLoad } from '../rig/load.ts';
import type { AppHome } from '../rig/releases.ts';
import { until } from '../rig/until.ts';

const withoutPidFile = ({ env }: AppHome) => ({
  env: Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PID_FILE')),
});

/** Waits until two masters have all their workers, and returns them, the older first. */
const twoMasters = (deployment: Deployment): Promise<readonly number[]> =>
  until((note) => {
    const seen = generationsOf(deployment);
    note(seen);
    return (
      seen.length === 2 && seen.every(({ workers }) => workers.length === 2) && seen.map(({ master }) => master.pid)
    );
  }, 'two complete generations');

describe.each(['unicorn', 'gunicorn'] as const)('%s that others signal too', (server) => {
  it('has one generation in the end where USR2 comes by hand in the middle of a reload, to both masters', async () => {
    await using deployment = await startDeployment({ server, reload: { soak: '2s' } });
    await using load = await startLoad({ url: deployment.home.url, connections: 2 });
    await deployment.home.addRelease('next');
    await deployment.home.pointTo('next');
    await deployment.reaches('soaking');
    for (const master of await twoMasters(deployment)) process.kill(master, 'SIGUSR2');
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next');
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await leavesNothing(deployment);
  });

  it('goes on with the old generation alone where the new master comes when it was given up', async () => {
    await using deployment = await startDeployment({ server });
    const [old] = generationsOf(deployment);
    const master = old?.master.pid ?? expect.fail('it is not there');
    // Whatever is sent to it waits, as on a host that is at its limits.
    process.kill(master, 'SIGSTOP');
    const why = expect.stringContaining('no new master appeared') as string;
    expect(await deployment.deploy('late', 'good')).toMatchObject({ outcome: 'rolled-back', phase: 'starting', why });
    process.kill(master, 'SIGCONT');
    await until(() => generationsOf(deployment).length === 2, 'a new master');
    await servesAlone(deployment, 'r0');
    expect(generationsOf(deployment)[0]?.master.pid).toBe(master);
    expect(await deployment.deploy('next', 'good')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next');
  });

  it.each<Pick<DeploymentOptions, 'service'> & { how: string }>([
    { how: 'with a pid file' },
    { how: 'without one', service: withoutPidFile },
  ])(
    'is reloaded to the new release where somebody has begun a second generation of the old ($how)',
    async (options) => {
      await using deployment = await startDeployment({ server, ...options });
      await using load = await startLoad({ url: deployment.home.url, connections: 2 });
      const before = await deployment.instance();
      process.kill(generationsOf(deployment)[0]?.master.pid ?? expect.fail('it is not there'), 'SIGUSR2');
      await twoMasters(deployment);
      const { state, mainPid, workers } = await deployment.instance();
      expect({ state, mainPid, workers }).toMatchObject({
        state: 'running',
        mainPid: before.mainPid,
        workers: [{}, {}],
      });
      expect(await deployment.deploy('next', 'good')).toMatchObject({ outcome: 'reloaded' });
      await servesAlone(deployment, 'next');
      expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
      await leavesNothing(deployment);
    },
  );
});

describe.each(['unicorn', 'gunicorn'] as const)('%s', (server) => {
  it('survives a reload that is asked for before it has set its handlers', async () => {
    await using deployment = await startDeployment({ server, preload: true, first: 'boots-slowly', early: true });
    await until(async () => (await deployment.instance()).state === 'running', 'a main process');
    expect(await deployment.operate('reload')).toMatchObject([{ ok: true, reload: { outcome: 'reloaded' } }]);
    await servesAlone(deployment, 'r0');
    expect(await deployment.instance()).toMatchObject({ generation: 2, restarts: 0 });
    await leavesNothing(deployment);
  });

  it('is not troubled by pid files that name nobody', async () => {
    const service = ({ pidFile }: AppHome) => {
      for (const suffix of ['', '.oldbin', '.2']) writeFileSync(`${pidFile}${suffix}`, '4190000\n');
      return {};
    };
    await using deployment = await startDeployment({ server, service });
    expect(await deployment.deploy('next', 'good')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next');
    await leavesNothing(deployment);
  });

  it('does not start while its pid file names somebody who lives, says so, and starts when it no longer does', async () => {
    const service = ({ pidFile }: AppHome) => {
      // PID 1 lives, and is no server.
      writeFileSync(pidFile, '1\n');
      return {};
    };
    await using deployment = await startDeployment({ server, service, early: true });
    const waiting = await until(async () => {
      const now = await deployment.instance();
      return now.state === 'backoff' && now;
    }, 'a start that failed');
    expect(waiting.detail).toBe('exited with 1');
    expect(deployment.borginit.stderr()).toMatch(/Already running on PID:? ?1 /i);
    expect(pidsOf(deployment)).toEqual([]);
    rmSync(deployment.home.pidFile);
    await servesAlone(deployment, 'r0');
    await leavesNothing(deployment);
  });
});
