/** The only master killed with -9 in the middle of a reload: its workers go, whatever they make of it, and the service comes back. */
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, servesAlone } from '../rig/generations.ts';
import { inPlaceServers } from '../rig/in-place.ts';
import { isAlive, type ProcessDetail } from '../rig/processes.ts';

const why = 'the server was killed by SIGKILL as it was reloaded: its own log says why';

const serving = (deployment: Deployment): readonly ProcessDetail[] =>
  generationsOf(deployment).flatMap(({ master, workers }) => [master, ...workers]);

describe.each(Object.values(inPlaceServers))('a reload of $name', (server) => {
  it('has failed where the master dies before or after its workers are new, and the service is started anew', async () => {
    // What is left is told to go, and not only made to when that time is up.
    const service = () => ({ stop: { timeout: '60s' } });
    await using deployment = await startDeployment({ ...server, workers: 3, reload: { soak: '20s' }, service });
    for (const [restarts, phase] of (['renewing', 'soaking'] as const).entries()) {
      const [master = expect.fail('it is not there')] = serving(deployment);
      // What stands still has the signal, and does not heed it.
      if (phase === 'renewing') process.kill(master.pid, 'SIGSTOP');
      await deployment.home.addRelease(phase);
      await deployment.home.pointTo(phase);
      await deployment.reaches(phase);
      const before = serving(deployment);
      process.kill(master.pid, 'SIGKILL');
      expect(await deployment.ends(phase)).toMatchObject({ outcome: 'failed', phase, why });
      await servesAlone(deployment, phase, { workers: 3 });
      expect(before.filter(isAlive)).toEqual([]);
      expect(await deployment.instance()).toMatchObject({ restarts: restarts + 1 });
    }
    await leavesNothing(deployment);
  });
});
