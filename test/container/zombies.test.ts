/** Orphans by the thousand, left to PID 1 or to a shim: none stays a zombie, none is taken for somebody else's. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit } from '../rig/borginit.ts';
import { until } from '../rig/until.ts';

const forker = join(import.meta.dirname, '../fixtures/container/double-forks.py');
const orphans = 20_000;

describe('20,000 double-forked orphans', () => {
  it('leave no zombie, and no trace at the service beside theirs', async () => {
    const services = {
      forking: { command: ['python3', forker, String(orphans)], restart: { policy: 'never' } },
      bystander: { command: ['sleep', '1000'] },
    };
    await using borginit = await startBorginit({ pid1: true, config: { name: 'zombies', services } });
    const status = (): Promise<Snapshot> =>
      until(async () => {
        const { code, stdout } = await borginit.cli('status', '--json');
        return code === 0 && (JSON.parse(stdout) as Snapshot);
      }, 'a status');
    const instance = (snapshot: Snapshot, service: string) => snapshot.services[service]?.instances[0];
    const before = instance(await status(), 'bystander');
    await until(
      async () => instance(await status(), 'forking')?.state === 'down',
      'the end of the forking service',
      120_000,
    );
    expect(borginit.processes().filter(({ state }) => state === 'Z')).toEqual([]);
    const after = await status();
    expect(instance(after, 'forking')).toMatchObject({ state: 'down', detail: 'exited with 0' });
    expect(instance(after, 'bystander')).toMatchObject({ state: 'running', mainPid: before?.mainPid, restarts: 0 });
    expect(after.supervisor.restarts).toBe(0);
  }, 180_000);
});
