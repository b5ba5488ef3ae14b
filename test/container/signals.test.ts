/** Signals to PID 1, as docs/reference/signals.md has them. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit } from '../rig/borginit.ts';
import { configFor, startDeployment } from '../rig/deployment.ts';
import { startLoad } from '../rig/load.ts';
import { createAppHome } from '../rig/releases.ts';
import { until } from '../rig/until.ts';

describe('a signal to PID 1 of a unicorn', () => {
  it.each(['SIGTERM', 'SIGQUIT'] as const)('%s lets the request in flight finish and leaves with 0', async (signal) => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    const slow = fetch(`${deployment.home.url}slow?ms=1500`);
    await until(
      async () => (await deployment.instance()).workers.some(({ activity }) => activity === 'busy'),
      'a busy worker',
    );
    deployment.borginit.kill(signal);
    expect((await slow).status).toBe(200);
    expect(await deployment.borginit.exit).toEqual({ code: 0, signal: null });
  });

  it('SIGINT cuts the request in flight and leaves with 0', async () => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    const slow = fetch(`${deployment.home.url}slow?ms=20000`).then(
      () => 'answered',
      () => 'cut',
    );
    await until(
      async () => (await deployment.instance()).workers.some(({ activity }) => activity === 'busy'),
      'a busy worker',
    );
    deployment.borginit.kill('SIGINT');
    expect(await slow).toBe('cut');
    expect(await deployment.borginit.exit).toEqual({ code: 0, signal: null });
  });

  it('TTIN, TTOU, USR1, HUP, WINCH and USR2 do what the manual says, and no request is lost', async () => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    const { borginit } = deployment;
    const instance = () => deployment.instance();
    const workers = (count: number) =>
      until(
        async () => (await instance()).workers.filter(({ activity }) => activity !== 'booting').length === count,
        `${count} workers`,
      );
    await using load = await startLoad({ url: deployment.home.url, connections: 2 });
    borginit.kill('SIGTTIN');
    await workers(3);
    borginit.kill('SIGTTOU');
    await workers(2);
    borginit.kill('SIGUSR1');
    await until(() => borginit.stderr().includes('master done reopening logs'), 'logs reopened');
    const before = await instance();
    borginit.kill('SIGHUP');
    borginit.kill('SIGUSR2');
    const after = await until(async () => {
      const now = await instance();
      return now.lastReload === null || now.state !== 'running' ? undefined : now;
    }, 'the end of a reload');
    expect(after.lastReload).toMatchObject({ outcome: 'reloaded', trigger: 'operator' });
    expect(after.mainPid).not.toBe(before.mainPid);
    expect((await load.stop()).errors).toEqual([]);
    borginit.kill('SIGWINCH');
    await workers(0);
    borginit.kill('SIGTTIN');
    await workers(1);
  });
});

describe('a signal to PID 1 of a unicorn that still boots', () => {
  it('does not end it, and is said not to have been passed on', async () => {
    await using home = await createAppHome({ server: 'unicorn' });
    await home.addRelease('r0');
    await home.pointTo('r0');
    const door = join(home.path, 'door');
    execFileSync('mkfifo', [door]);
    const config = configFor(home);
    const command = ['sh', '-c', `read go < ${door}; exec "$@"`, 'sh', ...home.command];
    const web = { ...config.services.web, command };
    await using borginit = await startBorginit({ pid1: true, config: { ...config, services: { web } } });
    const service = async () =>
      (JSON.parse((await borginit.cli('status', '--json')).stdout) as Snapshot).services['web'];
    const before = await until(async () => {
      const [instance] = (await service())?.instances ?? [];
      return instance?.state === 'running' && instance;
    }, 'the main process');
    const signals = ['SIGUSR1', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const;
    for (const signal of signals) borginit.kill(signal);
    await until(
      () => borginit.stderr().split('cannot pass a signal on').length === signals.length + 1,
      'the word on each signal',
    );
    writeFileSync(door, 'go\n');
    await until(async () => (await service())?.instances[0]?.health === 'healthy', 'a healthy service');
    expect((await service())?.instances).toMatchObject([{ restarts: 0, mainPid: before.mainPid, workers: [{}, {}] }]);
  });
});

describe('a signal to PID 1 of `borginit -- COMMAND`', () => {
  it.each(['HUP', 'QUIT', 'USR1', 'USR2', 'TTIN', 'TTOU', 'WINCH', 'ALRM'])(
    '%s reaches the command as it is',
    async (name) => {
      const script = `trap 'echo got ${name}' ${name}; echo up; while :; do sleep 0.05; done`;
      await using borginit = await startBorginit({ pid1: true, command: ['sh', '-c', script] });
      await until(() => borginit.stdout().includes('up'), 'the command');
      borginit.kill(`SIG${name}` as NodeJS.Signals);
      await until(() => borginit.stdout().includes(`got ${name}`), `the trap of ${name}`);
    },
  );

  it('TERM ends it with the command’s own status', async () => {
    await using borginit = await startBorginit({
      pid1: true,
      command: ['sh', '-c', "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done"],
    });
    await until(() => borginit.stdout().includes('up'), 'the command');
    borginit.kill('SIGTERM');
    expect((await borginit.exit).code).toBe(5);
  });
});

describe('a stop', () => {
  it('ends at its timeout with everything that ignores TERM killed, children included', async () => {
    const stubborn = `trap '' TERM INT; (trap '' TERM INT; while :; do sleep 1; done) & echo up; while :; do sleep 1; done`;
    const services = {
      one: { command: ['sh', '-c', stubborn], stop: { timeout: '1s' } },
      two: { command: ['sh', '-c', stubborn], stop: { timeout: '1s' } },
    };
    await using borginit = await startBorginit({ pid1: true, config: { services } });
    await until(() => borginit.stdout().split('up').length === 3, 'both services');
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.processes()).toEqual([]);
  });
});
