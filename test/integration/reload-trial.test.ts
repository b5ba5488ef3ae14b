/** A release is tried on a port of its own before it comes near a user: a real unicorn, under load. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { startWrk } from '../rig/wrk.ts';

const supervisorTitle = /^borginit supervisor/;
const nothing = { connect: 0, read: 0, write: 0, timeout: 0 };
const trial = {
  env: { LISTEN: '127.0.0.1:${port}', PID_FILE: '/tmp/trial.${port}.pid', WORKERS: '1' },
  hold: '1500ms',
};

describe('a reload with a trial', () => {
  it('moves a unicorn to a release that has stood it, and leaves nothing of the trial', async () => {
    await using deployment = await startDeployment({ server: 'unicorn', reload: { trial } });
    await using load = startWrk(deployment.home.url);
    const record = await deployment.deploy('r1', 'good');
    expect(record).toMatchObject({ outcome: 'reloaded', to: { revision: 'r1' } });
    const phases = record.timeline.map(({ phase }) => phase);
    expect(phases.slice(0, 4)).toEqual(['preparing', 'trying', 'preparing', 'starting']);
    const { badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    expect(deployment.borginit.processes().filter(({ title }) => /trial|unicorn master/.test(title))).toHaveLength(1);
  });

  const broken: readonly { kind: ReleaseKind; why: RegExp }[] = [
    { kind: 'answers-500', why: /^the trial answered 500 to GET \/ping$/ },
    // A question may meet its worker's end.
    { kind: 'crash-loops', why: /^the trial (?:has lost 1 worker$|fell silent: )/ },
    { kind: 'raises-at-boot', why: /^the trial has lost \d workers$/ },
    { kind: 'hangs-at-boot', why: /^the trial did not answer in time$/ },
    { kind: 'exits-at-once', why: /^the trial exited with 3$/ },
  ];

  it.each(broken)('never shows users a release that $kind', async ({ kind, why }) => {
    const reload = { trial, timeout: kind === 'hangs-at-boot' ? '4s' : '60s' };
    await using deployment = await startDeployment({ server: 'unicorn', reload });
    const before = await deployment.instance();
    await using load = startWrk(deployment.home.url);
    const record = await deployment.deploy('bad', kind);
    expect(record).toMatchObject({ outcome: 'rolled-back', phase: 'trying', exposureMs: 0 });
    expect(record.why).toMatch(why);
    const { badStatuses, socketErrors } = await load.stop();
    expect({ badStatuses, socketErrors }).toEqual({ badStatuses: 0, socketErrors: nothing });
    const after = await deployment.instance();
    expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
    expect(deployment.borginit.processes().filter(({ title }) => /trial|unicorn master/.test(title))).toHaveLength(1);
  });

  it('tries no release that runs the old code', async () => {
    const health = { http: '/', revisionBody: true };
    await using deployment = await startDeployment({ server: 'unicorn', health, reload: { trial } });
    writeFileSync(deployment.home.revisionFile, 'r1\n');
    const why = 'the trial answered GET / without naming "r1"';
    expect(await deployment.ends('r1')).toMatchObject({ outcome: 'rolled-back', phase: 'trying', why });
    expect(await deployment.deploy('r2', 'good')).toMatchObject({ outcome: 'reloaded' });
  });

  it('is begun anew by the next supervisor, and the trial of the dead one is ended', async () => {
    const slow = { ...trial, hold: '5s' };
    await using deployment = await startDeployment({ server: 'unicorn', reload: { trial: slow } });
    const { borginit, home } = deployment;
    await home.addRelease('r1');
    await home.pointTo('r1');
    const masters = () => borginit.processes().filter(({ title }) => title.startsWith('unicorn master'));
    await until(() => masters().length === 2 && masters(), 'the trial beside the service');
    const supervisor = borginit.processes().find(({ title }) => supervisorTitle.test(title));
    process.kill(supervisor?.pid ?? expect.fail('it is not there'), 'SIGKILL');
    const record = await until(
      async () => (await deployment.instance()).lastReload ?? undefined,
      'the end of the reload',
      60_000,
    );
    expect(record).toMatchObject({ outcome: 'reloaded', to: { revision: 'r1' } });
    expect(masters()).toHaveLength(1);
  });
});
