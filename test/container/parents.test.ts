/** No process of a service ever has PID 1 for a parent: watched as fast as one process can, through all that may happen to it. */
import { expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import { sampleParents } from '../rig/parent-sampler.ts';
import { until } from '../rig/until.ts';

it('no process of a service has parent 1 in start, reload, rollback, crash or stop', async () => {
  await using deployment = await startDeployment({ server: 'unicorn' });
  const { borginit } = deployment;
  await using samples = await sampleParents({ initPid: borginit.pid, title: '^(unicorn|ruby|/usr/bin/ruby)' });
  expect((await deployment.deploy('r1', 'good')).outcome).toBe('reloaded');
  expect((await deployment.deploy('bad', 'raises-at-boot')).outcome).toBe('rolled-back');
  expect((await deployment.deploy('r2', 'good')).outcome).toBe('reloaded');
  // A crash of the master, with its workers orphaned, and the start that follows.
  const { mainPid } = await deployment.instance();
  await borginit.inside(['kill', '-9', String(mainPid)]);
  await until(async () => {
    const { state, mainPid: now, health } = await deployment.instance();
    return state === 'running' && now !== mainPid && health === 'healthy';
  }, 'the service started again');
  await borginit.cli('stop');
  const { looks, orphans } = await samples.stop();
  expect(looks).toBeGreaterThan(100);
  expect(orphans).toEqual([]);
});
