/**
 * Servers that renew their workers under the same master, in surroundings that are not their best: on a Unix socket, with a
 * pid file that lies, asked too early, signalled by others too, and with requests in flight.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, servesAlone } from '../rig/generations.ts';
import { inPlaceServers } from '../rig/in-place.ts';
import { startLoad } from '../rig/load.ts';
import type { AppHome } from '../rig/releases.ts';
import { request, type Answer } from '../rig/request.ts';
import { until } from '../rig/until.ts';

const masterOf = (deployment: Deployment) => generationsOf(deployment)[0]?.master ?? expect.fail('it is not there');

/** PID 1 lives and is no server; nobody has the other pid. */
const stranger = '1\n';
const nobody = '4190000\n';

/** For a while the main process is a shell, which a signal ends. */
const startsLate = ({ command }: AppHome) => ['sh', '-c', 'sleep 1; exec "$0" "$@"', ...command];

const ask = ({ url }: AppHome): Promise<Answer> => request(`${url}slow?ms=2000`, false, 20_000);

/** Changes a release in place. */
function edit(release: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(release, file), 'utf8');
  if (!text.includes(from)) throw new Error(`cannot edit ${file}: there is no ${from} in it`);
  writeFileSync(join(release, file), text.replace(from, to));
}

const servers = Object.values(inPlaceServers).map((server) =>
  // A worker of puma has threads for the requests that are slow here.
  ({ ...server, workers: server.server === 'puma' ? 2 : 4 }),
);

describe.each(servers)('$name on a Unix socket', (server) => {
  const { workers } = server;
  let deployment: Deployment;

  beforeAll(async () => {
    const service = (home: AppHome) => {
      writeFileSync(home.pidFile, stranger);
      return { command: startsLate(home) };
    };
    const first = server.server === 'puma' ? 'boots-slowly' : 'good';
    const options = { ...server, onSocket: true, early: true, first } as const;
    deployment = await startDeployment({ ...options, service, reload: { soak: '1s' } });
  });
  afterAll(() => deployment[Symbol.asyncDispose]());

  it('survives a reload that is asked for before it has set its handlers, and takes the pid file of a stranger', async () => {
    await until(async () => (await deployment.instance()).state === 'running', 'a main process');
    expect(await deployment.operate('reload')).toMatchObject([{ ok: true, reload: { outcome: 'reloaded' } }]);
    await servesAlone(deployment, 'r0', { workers });
    expect(await deployment.instance()).toMatchObject({ generation: 2, restarts: 0 });
    expect(readFileSync(deployment.home.pidFile, 'utf8').trim()).toBe(String(masterOf(deployment).innerPid));
  });

  it('has one generation in the end where its signal comes by hand in the middle of a reload', async () => {
    const { home } = deployment;
    writeFileSync(home.pidFile, nobody);
    await using load = await startLoad({ url: home.url, connections: 2 });
    // As long as puma does not execute itself it keeps to the listeners that it has.
    await home.addRelease('r1', server.name === 'puma' ? 'port-taken' : 'good');
    await home.pointTo('r1');
    await deployment.reaches('soaking');
    process.kill(masterOf(deployment).pid, server.signal);
    // Whoever is idle goes at once, and workers that somebody else has told to go look like workers that die.
    const { outcome, why } = await deployment.ends('r1');
    if (outcome !== 'reloaded') expect(why).toMatch(/^\d workers of the new generation have ended$/);
    await servesAlone(deployment, 'r1', { workers });
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
  });

  it('answers each request that is in flight at any step, whole', async () => {
    const { home } = deployment;
    await home.addRelease('r2', server.server === 'puma' ? 'boots-slowly' : 'good');
    const answers = [ask(home), ask(home)];
    await home.pointTo('r2');
    // Which phase that is depends on how quick the server is; the soak is long enough to be met.
    await until(async () => (await deployment.instance()).state === 'reloading', 'a reload');
    answers.push(ask(home));
    await deployment.reaches('soaking');
    answers.push(ask(home));
    expect(await deployment.ends('r2')).toMatchObject({ outcome: 'reloaded' });
    const seen = await Promise.all(answers);
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(seen.slice(0, 2).map(({ revision }) => revision)).toEqual(['r1', 'r1']);
    await servesAlone(deployment, 'r2', { workers });
    await leavesNothing(deployment);
  });
});

describe('as it comes, a reload of', () => {
  it('php-fpm cuts what is in flight, for by itself it waits for nothing', async () => {
    const service = ({ current }: AppHome) => {
      edit(current, 'php-fpm.conf', 'process_control_timeout', ';process_control_timeout');
      return {};
    };
    await using deployment = await startDeployment({ server: 'php-fpm', service });
    const answer = ask(deployment.home).catch((error: unknown) => error);
    expect(await deployment.deploy('next', 'good')).toMatchObject({ outcome: 'reloaded' });
    expect(await answer).toMatchObject({ code: expect.stringMatching(/^(?:CUT|ECONNRESET)$/) as string });
    await servesAlone(deployment, 'next');
  });

  it('puma closes what a worker has accepted and not read yet, and no more', async () => {
    const connections = 4;
    const queues = (release: string): void => edit(release, 'puma.rb', 'queue_requests false', '');
    const service = ({ current }: AppHome) => {
      queues(current);
      return {};
    };
    await using deployment = await startDeployment({ server: 'puma', service });
    const { home } = deployment;
    const ended = (await deployment.instance()).workers.length;
    await home.addRelease('next');
    queues(join(home.path, 'releases/next'));
    await using load = await startLoad({ url: home.url, connections });
    expect(await deployment.moveTo('next')).toMatchObject({ outcome: 'reloaded' });
    const { failed, errors } = await load.stop();
    expect(failed).toBeLessThanOrEqual(ended * connections);
    expect(errors.map((error) => error.replace(/^\d+ × /, '')).filter((how) => how !== 'ECONNRESET')).toEqual([]);
    await servesAlone(deployment, 'next');
  });
});
