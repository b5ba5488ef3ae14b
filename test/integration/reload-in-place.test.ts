/**
 * Servers that renew their workers under the same master, under load: what a reload by signal comes to, what is said of it,
 * and which requests it costs.
 */
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { startLoad, type LoadResult } from '../rig/load.ts';
import type { AppHome, AppHomeOptions, ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';

const connections = 2;

/** Who serves after a release that is bad: the workers of before, those of the bad release, some of both, nobody, or a new main process. */
type Left = 'old' | 'new' | 'some' | 'none' | 'started anew';

/** How requests that fail may fail. Shape: "status 500 from bad", "ECONNRESET" */
interface Cost {
  readonly how: RegExp;
  readonly atMost?: (home: AppHome) => number;
}

interface Bad {
  readonly kind: ReleaseKind;
  readonly why: RegExp;
  readonly left: Left;
  readonly cost: Cost;
}

const nothing: Cost = { how: /^never$/ };
/** It serves, and there is no way back. */
const itsAnswers: Cost = { how: /^status 500 from (?:bad|none)$/ };
/** Each takes along what it has in flight. */
const itsWorkers: Cost = { how: /^ECONNRESET$/, atMost: (home) => home.deaths() * connections };
/** The only master has ended, and its listener with it. */
const theService: Cost = { how: /^ECONNRE(?:FUSED|SET)$/ };
/** It tries the new port for two seconds, and leaves all others meanwhile. */
const itsRetries: Cost = { how: /^ECONNREFUSED$/ };
/** They wait for workers that never come. */
const theirTime: Cost = { how: /^ABORT_ERR$/ };

const untested: Bad = {
  kind: 'raises-at-boot',
  why: /^the check of its configuration exited with \d+: /,
  left: 'old',
  cost: nothing,
};
const wrong: Bad = {
  kind: 'answers-500',
  why: /^the new generation answered 500 to GET \/ping$/,
  left: 'new',
  cost: itsAnswers,
};
const unheeded: Bad = {
  kind: 'port-taken',
  why: /^the server did not heed the reload/,
  left: 'old',
  cost: nothing,
};
const crashing: Bad = {
  kind: 'crash-loops',
  why: /^\d+ workers of the new generation have ended/,
  left: 'new',
  cost: itsWorkers,
};
const hanging = { kind: 'hangs-at-boot', why: /^it was not proven in time: / } as const;
const ended = (kind: ReleaseKind): Bad => ({
  kind,
  why: /^the server exited with \d+ as it was reloaded/,
  left: 'started anew',
  cost: theService,
});

interface Server extends Pick<AppHomeOptions, 'server' | 'preload'> {
  readonly name: string;
  /** The worst that it does with each kind of release. What none can help, the check and the trial are for. */
  readonly bad: readonly Bad[];
}

const servers: readonly Server[] = [
  { name: 'nginx', server: 'nginx', bad: [untested, unheeded, wrong] },
  {
    name: 'puma',
    server: 'puma',
    bad: [
      {
        kind: 'raises-at-boot',
        why: /^3 workers of the new generation have ended; 1 of 2 old workers/,
        left: 'some',
        cost: nothing,
      },
      { ...hanging, why: /^it was not proven in time: .*; 1 of 2 old workers/, left: 'some', cost: nothing },
      crashing,
      wrong,
    ],
  },
  {
    name: 'puma with preload',
    server: 'puma',
    preload: true,
    bad: [ended('raises-at-boot'), ended('port-taken'), { ...hanging, left: 'none', cost: theirTime }, crashing, wrong],
  },
  { name: 'php-fpm', server: 'php-fpm', bad: [untested, { ...wrong, why: /exited with 1$/ }, ended('port-taken')] },
  { name: 'haproxy', server: 'haproxy', bad: [untested, { ...unheeded, cost: itsRetries }, wrong] },
  {
    name: 'uwsgi',
    server: 'uwsgi',
    bad: [
      { ...wrong, kind: 'raises-at-boot' },
      { ...hanging, left: 'new', cost: theirTime },
      crashing,
      ended('exits-at-once'),
    ],
  },
  { name: 'apache', server: 'apache', bad: [untested, wrong, ended('port-taken')] },
];

/** Does something while requests come in, and returns what became of both. */
async function underLoad<T>({ home }: Deployment, work: () => Promise<T>): Promise<readonly [T, LoadResult]> {
  await using load = await startLoad({ url: home.url, connections });
  return [await work(), await load.stop()];
}

describe.each(servers)('a reload of $name', ({ bad, server, preload = false }) => {
  const health = server === 'php-fpm' ? {} : { revisionHeader: 'X-Revision' };

  it('moves it to good releases, each proven by its own answers, without losing a request', async () => {
    await using deployment = await startDeployment({ server, preload, health, reload: { soak: '1s' } });
    const before = await deployment.instance();
    const [, { failed, errors }] = await underLoad(deployment, async () => {
      for (const revision of ['r1', 'r2']) {
        const record = await deployment.deploy(revision, 'good');
        expect(record).toMatchObject({ strategy: 'signal', outcome: 'reloaded', exposureMs: 0 });
      }
    });
    expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
    const after = await deployment.instance();
    expect(after).toMatchObject({ state: 'running', revision: 'r2', mainPid: before.mainPid, generation: 3 });
    const pids = after.workers.map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(0);
    expect(before.workers.filter(({ pid }) => pids.includes(pid))).toEqual([]);
  });

  it.each(bad)('says what became of a release that $kind: $left', async ({ kind, why, left, cost }) => {
    const reload = { soak: '1s', timeout: kind === 'hangs-at-boot' ? '4s' : '30s' };
    await using deployment = await startDeployment({ server, preload, reload });
    const { home } = deployment;
    const before = await deployment.instance();
    const [record, { failed, errors }] = await underLoad(deployment, () => deployment.deploy('bad', kind));
    expect(record).toMatchObject({ outcome: left === 'old' ? 'rolled-back' : 'failed', to: { revision: 'bad' } });
    expect(record.why).toMatch(why);
    const hows = errors.map((error) => error.replace(/^\d+ × /, ''));
    expect.soft(hows.filter((how) => !cost.how.test(how))).toEqual([]);
    expect.soft(failed).toBeLessThanOrEqual(cost.atMost?.(home) ?? Infinity);
    const after = await deployment.instance();
    const oldPids = before.workers.map(({ pid }) => pid);
    const kept = after.workers.filter(({ pid }) => oldPids.includes(pid)).length;
    if (left !== 'started anew') expect(after.mainPid).toBe(before.mainPid);
    if (left === 'old') expect(kept).toBe(oldPids.length);
    if (left === 'some') expect(kept).toBe(1);
    if (left === 'none') expect(after.workers).toEqual([]);
    if (left === 'new') expect(after).toMatchObject({ revision: 'bad', health: 'unhealthy', generation: 2 });
    // A good release is the way out. Masters that hang themselves hear of nothing, and are to be restarted.
    if (left === 'none') return;
    await home.addRelease('good');
    await home.pointTo('good');
    await until(async (note) => {
      const now = await deployment.instance();
      note(now.lastReload?.why);
      return now.state === 'running' && now.revision === 'good' && now.health === 'healthy';
    }, 'a healthy service with the good release');
  });
});
