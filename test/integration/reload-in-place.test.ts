/** Servers that renew their workers under the same master: what a reload by signal comes to, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import type { AppHomeOptions, ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';

type Server = AppHomeOptions['server'];

/** Who serves after a release that is bad: the workers of before, those of the bad release, some of both, or a new main process. */
type Left = 'old' | 'new' | 'some' | 'started anew';

interface Bad {
  readonly kind: ReleaseKind;
  readonly why: RegExp;
  readonly left: Left;
}

const untested: Bad = {
  kind: 'raises-at-boot',
  why: /^the check of its configuration exited with \d+: /,
  left: 'old',
};
const wrong: Bad = { kind: 'answers-500', why: /^the new generation answered 500 to GET \/ping$/, left: 'new' };
const unheeded: Bad = { kind: 'port-taken', why: /^the server did not heed the reload/, left: 'old' };
const ended = (kind: ReleaseKind): Bad => ({
  kind,
  why: /^the server exited with \d+ as it was reloaded/,
  left: 'started anew',
});

/** The worst that each server does with each kind of release. What none can help, the check and the trial are for. */
const servers: readonly { readonly server: Server; readonly bad: readonly Bad[] }[] = [
  { server: 'nginx', bad: [untested, unheeded, wrong] },
  {
    server: 'puma',
    bad: [
      { kind: 'raises-at-boot', why: /^3 workers of the new generation have ended; 1 of 2 old workers/, left: 'some' },
      { kind: 'hangs-at-boot', why: /^it was not proven in time: .*; 1 of 2 old workers/, left: 'some' },
      { kind: 'crash-loops', why: /^\d+ workers of the new generation have ended/, left: 'new' },
      wrong,
    ],
  },
  { server: 'php-fpm', bad: [untested, { ...wrong, why: /exited with 1$/ }, ended('port-taken')] },
  { server: 'haproxy', bad: [untested, unheeded, wrong] },
  {
    server: 'uwsgi',
    bad: [
      { ...wrong, kind: 'raises-at-boot' },
      { kind: 'hangs-at-boot', why: /^it was not proven in time: /, left: 'new' },
      { kind: 'crash-loops', why: /^\d+ workers of the new generation have ended/, left: 'new' },
      ended('exits-at-once'),
    ],
  },
  { server: 'apache', bad: [untested, wrong, ended('port-taken')] },
];

describe.each(servers)('a reload of $server', ({ server, bad }) => {
  const health = server === 'php-fpm' ? {} : { revisionHeader: 'X-Revision' };
  const reload = { soak: '1s', timeout: '8s' };

  it('moves it to good releases, each proven by its own answers', async () => {
    await using deployment = await startDeployment({ server, health, reload: { ...reload, timeout: '60s' } });
    const before = await deployment.instance();
    for (const revision of ['r1', 'r2']) {
      const record = await deployment.deploy(revision, 'good');
      expect(record).toMatchObject({ strategy: 'signal', outcome: 'reloaded', exposureMs: 0 });
    }
    const after = await deployment.instance();
    expect(after).toMatchObject({ state: 'running', revision: 'r2', mainPid: before.mainPid, generation: 3 });
    const pids = after.workers.map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(0);
    expect(before.workers.filter(({ pid }) => pids.includes(pid))).toEqual([]);
  });

  it.each(bad)('says what became of a release that $kind: $left', async ({ kind, why, left }) => {
    await using deployment = await startDeployment({ server, reload });
    const before = await deployment.instance();
    const record = await deployment.deploy('bad', kind);
    expect(record).toMatchObject({ outcome: left === 'old' ? 'rolled-back' : 'failed', to: { revision: 'bad' } });
    expect(record.why).toMatch(why);
    const after = await deployment.instance();
    const oldPids = before.workers.map(({ pid }) => pid);
    const kept = after.workers.filter(({ pid }) => oldPids.includes(pid)).length;
    if (left !== 'started anew') expect(after.mainPid).toBe(before.mainPid);
    if (left === 'old') expect(kept).toBe(oldPids.length);
    if (left === 'some') expect(kept).toBe(1);
    if (left === 'new') expect(after).toMatchObject({ revision: 'bad', health: 'unhealthy', generation: 2 });
    // A good release is the way out, but puma and uwsgi wait a minute for workers that hang.
    if (kind === 'hangs-at-boot') return;
    await deployment.home.addRelease('good');
    await deployment.home.pointTo('good');
    await until(async (note) => {
      const now = await deployment.instance();
      note(now);
      return now.state === 'running' && now.revision === 'good' && now.health === 'healthy';
    }, 'a healthy service with the good release');
  });
});
