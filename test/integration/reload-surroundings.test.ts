/** Reloads where a server stands in other surroundings: on a terminal, on a Unix socket, in a directory that goes. */
import { appendFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBorginit } from '../rig/borginit.ts';
import { startDeployment, type DeploymentOptions } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, servesAlone } from '../rig/generations.ts';
import { inPlaceServers } from '../rig/in-place.ts';
import { startLoad } from '../rig/load.ts';
import { createAppHome, type AppHome, type AppHomeOptions } from '../rig/releases.ts';
import { request, type Answer } from '../rig/request.ts';
import { until } from '../rig/until.ts';

/** A new listener in the configuration of a release, and what becomes of it where the port is taken. */
const secondListeners = {
  unicorn: {
    file: 'unicorn.conf.rb',
    line: (address: string) => `listen '${address}'\n`,
    record: { outcome: 'rolled-back', why: 'the new master has ended: its own log says why' },
    serves: 'r0',
  },
  // A gunicorn that executes itself anew keeps to the listeners that it has.
  gunicorn: {
    file: 'gunicorn.conf.py',
    line: (address: string) => `bind = [bind, '${address}']\n`,
    record: { outcome: 'reloaded', why: 'the new generation proved itself' },
    serves: 'next',
  },
};

const socketOf = ({ path }: AppHome): string => join(path, 'web.sock');

const onTerminal: readonly (Pick<AppHomeOptions, 'server' | 'preload'> & { readonly name: string })[] = [
  { name: 'unicorn', server: 'unicorn' },
  { name: 'gunicorn', server: 'gunicorn' },
  ...Object.values(inPlaceServers),
];

describe.each(onTerminal)('$name is reloaded', (server) => {
  it('on a terminal', async () => {
    await using home = await createAppHome(server);
    await home.addRelease('r0');
    await home.addRelease('next');
    await home.pointTo('r0');
    await using borginit = await startBorginit({ command: home.command, env: home.env, cwd: home.path, tty: true });
    await until(async () => (await request(home.url)).revision === 'r0', 'the first generation');
    const [old] = generationsOf({ borginit });
    // php-fpm lets go of it by itself.
    const stdin = server.server === 'php-fpm' ? /^\/dev\/null$/ : /^\/dev\/pts\//;
    expect(readlinkSync(`/proc/${old?.master.pid ?? 0}/fd/0`)).toMatch(stdin);
    await using load = await startLoad({ url: home.url, connections: 2 });
    await home.pointTo('next');
    expect((await borginit.cli('reload')).stdout).toContain('reloaded: the new generation proved itself');
    expect(generationsOf({ borginit })).toMatchObject([{ workers: [{}, {}] }]);
    expect(await request(home.url)).toMatchObject({ status: 200, revision: 'next' });
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: server.server === 'puma' ? 143 : 0, signal: null });
    expect(borginit.offspring()).toEqual([]);
  });
});

describe.each(['unicorn', 'gunicorn'] as const)('%s is reloaded', (server) => {
  it('on a Unix socket', async () => {
    const service: DeploymentOptions['service'] = (home) => ({
      env: { ...home.env, LISTEN: server === 'unicorn' ? socketOf(home) : `unix:${socketOf(home)}` },
      health: { http: '/ping', socket: socketOf(home), interval: '1s', timeout: '1s' },
    });
    await using deployment = await startDeployment({ server, service });
    const url = `unix:${socketOf(deployment.home)}:/`;
    await using load = await startLoad({ url });
    expect(await deployment.deploy('next', 'good')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next', { url });
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await leavesNothing(deployment);
  });

  it('from releases that are deleted as soon as they are old, or sooner', async () => {
    await using deployment = await startDeployment({ server, service: (home) => ({ cwd: home.current }) });
    const { home } = deployment;
    const removeRelease = (revision: string) => rmSync(join(home.path, 'releases', revision), { recursive: true });
    await using load = await startLoad({ url: home.url, connections: 2 });
    expect(await deployment.deploy('r1', 'good')).toMatchObject({ outcome: 'reloaded' });
    removeRelease('r0');
    await home.addRelease('r2');
    removeRelease('r1');
    expect(await deployment.moveTo('r2')).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'r2');
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await leavesNothing(deployment);
  });

  it('with a request in flight at each step, which gets its whole answer', async () => {
    await using deployment = await startDeployment({ server, workers: 4, reload: { soak: '1s' } });
    const { home } = deployment;
    await home.addRelease('next', 'boots-slowly');
    const ask = (ms: number): Promise<Answer> => request(`${home.url}slow?ms=${ms}`, false, 20_000);
    // The first outlasts all the steps before `retiring`, and keeps the old generation in that.
    const answers = [ask(5_000)];
    await home.pointTo('next');
    for (const phase of ['proving', 'soaking', 'retiring']) {
      await deployment.reaches(phase);
      answers.push(ask(2_000));
    }
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'reloaded' });
    const [before, proving, soaking, retiring] = await Promise.all(answers);
    expect([before, proving, soaking, retiring].map((answer) => answer?.status)).toEqual([200, 200, 200, 200]);
    expect([before?.revision, retiring?.revision]).toEqual(['r0', 'next']);
    await servesAlone(deployment, 'next', { workers: 4 });
    await leavesNothing(deployment);
  });

  it('or not, as the server has it, where a new listener finds its port taken', async () => {
    await using deployment = await startDeployment({ server });
    const { home } = deployment;
    const taken = createServer().listen(0, '127.0.0.1');
    const { port } = await until(() => (taken.address() as AddressInfo | null) ?? undefined, 'a port');
    const { file, line, record, serves } = secondListeners[server];
    await home.addRelease('next');
    appendFileSync(join(home.path, 'releases/next', file), line(`127.0.0.1:${port}`));
    await using load = await startLoad({ url: home.url, connections: 2 });
    expect(await deployment.moveTo('next')).toMatchObject(record);
    await servesAlone(deployment, serves);
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    taken.close();
    await leavesNothing(deployment);
  });
});
