/** Servers that renew their workers under the same master: what a reload by signal comes to, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { startDeployment } from '../rig/deployment.ts';
import type { AppHomeOptions } from '../rig/releases.ts';

type Server = AppHomeOptions['server'];
const servers: readonly Server[] = ['nginx', 'puma', 'php-fpm', 'haproxy', 'uwsgi', 'apache'];

describe.each(servers)('a reload of %s', (server) => {
  it('moves it to good revisions in a row, each proven by its own answers', async () => {
    const health = server === 'php-fpm' ? {} : { revisionHeader: 'X-Revision' };
    await using deployment = await startDeployment({ server, health });
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
  }, 300_000);
});
