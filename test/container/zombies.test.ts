/** Orphans by the thousand, left to PID 1 or to a shim: none stays a zombie, none is taken for somebody else's. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit } from '../rig/borginit.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const source = join(import.meta.dirname, '../fixtures/container/double-forks.c');
const orphans = 20_000;

describe('20,000 double-forked orphans', () => {
  it('leave no zombie, and no trace at the service beside theirs', async () => {
    await using dir = await tempDir();
    const forker = join(dir.path, 'double-forks');
    execFileSync('cc', ['-O2', '-o', forker, source]);
    const services = {
      forking: { command: [forker, String(orphans)], restart: { policy: 'never' } },
      bystander: { command: ['sleep', '1000'] },
    };
    await using borginit = await startBorginit({ pid1: true, config: { name: 'zombies', services } });
    const status = async (): Promise<Snapshot> =>
      JSON.parse((await borginit.cli('status', '--json')).stdout) as Snapshot;
    const instance = (snapshot: Snapshot, service: string) => snapshot.services[service]?.instances[0];
    const isTold = (service: string, to: string) => () =>
      borginit
        .stderr()
        .split('\n')
        .some((line) => line.includes(`"service":"${service}"`) && line.includes(`"to":"${to}"`));
    await until(isTold('bystander', 'running'), 'the bystander');
    const before = instance(await status(), 'bystander');
    await until(isTold('forking', 'down'), 'the end of the forking service', 600_000);
    expect(borginit.processes().filter(({ state }) => state === 'Z')).toEqual([]);
    const after = await status();
    expect(instance(after, 'forking')).toMatchObject({ state: 'completed', detail: 'exited with 0' });
    expect(instance(after, 'bystander')).toMatchObject({ state: 'running', mainPid: before?.mainPid, restarts: 0 });
    expect(after.supervisor.restarts).toBe(0);
  }, 660_000);
});
