/** Two generations that do not fit into memory side by side: worker by worker, the new one takes the places of the old. */
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import { servesAlone } from '../rig/generations.ts';
import { startWrk } from '../rig/wrk.ts';

const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };

describe.each(['unicorn', 'gunicorn'] as const)('a stepwise reload of %s', (server) => {
  it('moves it to a good revision without losing a request', async () => {
    await using deployment = await startDeployment({ server, workers: 4, reload: { handover: 'stepwise' } });
    await using load = startWrk(deployment.home.url);
    const record = await deployment.deploy('r1', 'good');
    console.log(JSON.stringify(record), deployment.borginit.stderr());
    expect(record).toMatchObject({ outcome: 'reloaded', why: 'the new generation proved itself' });
    const { badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    await servesAlone(deployment, 'r1', { workers: 4 });
  });
});
