/** A server that only the configuration knows: its profile is all that a reload goes by. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { request } from '../rig/request.ts';
import { until } from '../rig/until.ts';

/** What somebody writes who has looked at the stand-in with `ps` and in /proc. */
const prefork = {
  command: 'node\\S* \\S*/prefork\\.js ',
  signals: { gracefulStop: 'QUIT', quickStop: 'TERM', forwarded: ['USR1'] },
  master: { title: '^unicorn master' },
  workers: { title: '^unicorn worker\\[(?<index>\\d+)\\]', ready: { catches: 'USR1', ignores: 'USR2' } },
  strategy: 'reexec',
  reexec: { signal: 'USR2', appearsWithin: '2s' },
};

const startOwn = (
  own: Readonly<Record<string, unknown>>,
  service: Readonly<Record<string, unknown>> = {},
): Promise<Deployment> =>
  startDeployment({
    server: 'stand-in',
    servers: { prefork: own },
    // Recognised, where `service` names none.
    service: () => ({ server: undefined, ...service }),
  });

/** The pids of master and workers, once they serve the revision and no other generation is left. */
const serves = (deployment: Deployment, revision: string): Promise<readonly (number | null)[]> =>
  until(async (note) => {
    const now = await deployment.instance();
    const seen = {
      ...{
        state: now.state,
        health: now.health,
        revision: now.revision,
        indexes: now.workers.map(({ index }) => index),
      },
      processes: deployment.borginit.processes().length,
      answers: (await request(deployment.home.url)).revision,
    };
    note(seen);
    const wanted = { state: 'running', health: 'healthy', revision, indexes: [0, 1], processes: 5, answers: revision };
    return isDeepStrictEqual(seen, wanted) && [now.mainPid, ...now.workers.map(({ pid }) => pid)];
  }, `one generation of two workers that serves ${revision}`);

describe.each([
  { how: 'recognised from its command', profile: prefork, service: {} },
  { how: 'named, and like another', profile: { like: 'unicorn' }, service: { server: 'prefork' } },
])('a server of the configuration, $how', ({ profile, service }) => {
  it('is reloaded by revision, and keeps the old generation when the new release is broken', async () => {
    await using deployment = await startOwn(profile, service);
    const first = await serves(deployment, 'r0');
    const why = 'the new generation proved itself';
    expect(await deployment.deploy('r1', 'good')).toMatchObject({ strategy: 'reexec', outcome: 'reloaded', why });
    const second = await serves(deployment, 'r1');
    expect(second.filter((pid) => first.includes(pid))).toEqual([]);
    expect(await deployment.deploy('r2', 'raises-at-boot')).toMatchObject({
      ...{ outcome: 'rolled-back', why: expect.stringMatching(/workers of the new generation have ended/) as string },
      from: { revision: 'r1' },
    });
    expect(await serves(deployment, 'r1')).toEqual(second);
  });
});

it('a profile that does not fit its server costs a reload, and never the service', async () => {
  await using deployment = await startOwn(
    { ...prefork, master: { title: '^prefork master' } },
    { reload: { timeout: '3s' } },
  );
  const before = await serves(deployment, 'r0');
  const why = 'the server was not ready to be signalled in time';
  expect(await deployment.deploy('r1', 'good')).toMatchObject({ outcome: 'rolled-back', why });
  expect(await serves(deployment, 'r0')).toEqual(before);
});
