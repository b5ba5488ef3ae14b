/** One of two masters killed with -9 in the middle of a reload: whoever is left serves, complete and alone. */
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, pidsOf, servesAlone } from '../rig/generations.ts';
import { startLoad } from '../rig/load.ts';
import { request } from '../rig/request.ts';
import { until } from '../rig/until.ts';

const killMaster = async (deployment: Deployment, which: 'old' | 'new'): Promise<void> => {
  const [old, fresh] = await until(() => twoOf(generationsOf(deployment)), 'two masters');
  process.kill((which === 'old' ? old : fresh).master.pid, 'SIGKILL');
};

const twoOf = <T>([first, second]: readonly T[]): readonly [T, T] | undefined =>
  first === undefined || second === undefined ? undefined : [first, second];

interface Death {
  readonly which: 'old' | 'new';
  readonly phase: string;
  readonly outcome: string;
  readonly why: string;
}

const succeeded = 'the old master ended by itself, and the new generation serves';
const ended = 'the new master has ended: its own log says why';

const deaths: readonly Death[] = [
  { which: 'old', phase: 'proving', outcome: 'reloaded', why: succeeded },
  { which: 'old', phase: 'soaking', outcome: 'reloaded', why: succeeded },
  { which: 'new', phase: 'proving', outcome: 'rolled-back', why: ended },
  { which: 'new', phase: 'soaking', outcome: 'rolled-back', why: ended },
];

describe.each(['unicorn', 'gunicorn'] as const)('a reload of %s', (server) => {
  it.each(deaths)('outlives the death of the $which master while $phase', async ({ which, phase, outcome, why }) => {
    await using deployment = await startDeployment({ server, reload: { soak: '20s' } });
    const before = pidsOf(deployment);
    await deployment.home.addRelease('next', phase === 'proving' ? 'boots-slowly' : 'good');
    await using load = await startLoad({ url: deployment.home.url });
    await deployment.home.pointTo('next');
    await deployment.reaches(phase);
    await killMaster(deployment, which);
    expect(await deployment.ends('next')).toMatchObject({ outcome, why });
    await servesAlone(deployment, outcome === 'reloaded' ? 'next' : 'r0');
    if (outcome === 'rolled-back') expect(pidsOf(deployment)).toEqual(before);
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await leavesNothing(deployment);
  });

  it('is one too many where the new master dies after the old one was told to go: both go, and it starts anew', async () => {
    await using deployment = await startDeployment({ server });
    await deployment.home.addRelease('next');
    // It keeps the old generation for as long as it is in flight.
    const answer = request(`${deployment.home.url}slow?ms=3000`);
    await deployment.home.pointTo('next');
    await deployment.reaches('retiring');
    await killMaster(deployment, 'new');
    expect(await answer).toMatchObject({ status: 200, revision: 'r0' });
    const why = 'the new master ended after the old one was told to go';
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'failed', why });
    await servesAlone(deployment, 'next');
    expect(await deployment.instance()).toMatchObject({ restarts: 1, generation: 3 });
    await leavesNothing(deployment);
  });
});
