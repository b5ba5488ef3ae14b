/** A new master that comes after it was given up. */
import { expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import { generationsOf, servesAlone } from '../rig/generations.ts';

// Not so yet: it stays, serves the release that was refused beside the old one, and every later USR2 is ignored for it.
it.fails('is told to go: the old generation serves alone', async () => {
  await using deployment = await startDeployment({ server: 'unicorn' });
  const { pid } = generationsOf(deployment)[0]?.master ?? expect.fail('it is not there');
  process.kill(pid, 'SIGSTOP');
  expect(await deployment.deploy('late', 'good')).toMatchObject({ outcome: 'rolled-back' });
  process.kill(pid, 'SIGCONT');
  await deployment.borginit.inside(['sleep', '2']);
  await servesAlone(deployment, 'r0');
});
