/** The supervisor killed with -9 at every state of a reload: no service notices, and the next one finishes what was begun. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import { startCommand } from '../rig/command.ts';
import { configFor } from '../rig/deployment.ts';
import { startLoad } from '../rig/load.ts';
import { readyWorkersOf, workersOf } from '../rig/masters.ts';
import { isAlive, processesBelow, type ProcessDetail } from '../rig/processes.ts';
import { createAppHome, type AppHome } from '../rig/releases.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const ppidshim = join(import.meta.dirname, '../../dist/ppidshim');
const mortal = join(import.meta.dirname, '../fixtures/supervisor/dies-at.ts');

interface Told {
  readonly kind: string;
  readonly to?: unknown;
}

/** A mortal supervisor below a real init; what each of its lives was told is read back from its output. */
async function startMortal(home: AppHome, state: string, moment: string, health = {}) {
  const dir = await tempDir();
  const config = join(dir.path, 'borginit.yaml');
  const marker = join(dir.path, 'died');
  await writeFile(config, JSON.stringify(configFor(home, { server: 'unicorn', health })));
  const supervisor = [process.execPath, mortal, config, state, moment, marker];
  const init = startCommand([ppidshim, '--init', '--', ...supervisor], {
    env: { BORGINIT_RUN_DIR: join(dir.path, 'run'), BORGINIT_PPIDSHIM: ppidshim },
  });
  const told = <T extends Told>(kind: string): T[] =>
    init
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as T)
      .filter((value) => value.kind === kind);
  return {
    init,
    processes: (): ProcessDetail[] => processesBelow(init.pid).filter(isAlive),
    reloads: (): (ReloadRecord & Told)[] => told('reload'),
    transitions: (): Told[] => told('transition'),
    hasDied: () => existsSync(marker),
    async [Symbol.asyncDispose]() {
      await init[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

type Mortal = Awaited<ReturnType<typeof startMortal>>;

const masterTitle = /^unicorn master/;
const supervisorTitle = /dies-at\.ts/;

const mastersOf = (mortal: Mortal) => mortal.processes().filter(({ title }) => masterTitle.test(title));

const servingMaster = (mortal: Mortal, workers = 2) =>
  until(
    () => mastersOf(mortal).find(({ pid }) => readyWorkersOf(pid).length === workers),
    'a master with all its workers ready',
  );

const pidOf = ({ pid }: { pid: number }): number => pid;

describe('a supervisor killed with -9', () => {
  const good = ['preparing', 'starting', 'proving', 'soaking', 'retiring'];
  const bad = ['preparing', 'starting', 'proving', 'rolling-back'];
  const moments = ['told', 'asked'];

  it.each(good.flatMap((phase) => moments.map((moment) => ({ phase, moment }))))(
    'in $phase, effects $moment, leaves a good reload to the next, which finishes it without a lost request',
    async ({ phase, moment }) => {
      await using home = await createAppHome({ server: 'unicorn' });
      await home.addRelease('r0');
      await home.addRelease('r1');
      await home.pointTo('r0');
      await using mortal = await startMortal(home, `reloading/${phase}`, moment);
      const before = await servingMaster(mortal);
      await using load = await startLoad({ url: home.url, connections: 4 });
      await home.pointTo('r1');
      const [record] = await until(
        () => mortal.reloads().length > 0 && mortal.reloads(),
        'the end of the reload',
        60_000,
      );
      expect(mortal.hasDied()).toBe(true);
      expect(record).toMatchObject({ outcome: 'reloaded', from: { revision: 'r0' }, to: { revision: 'r1' } });
      const { failed, errors, byRevision } = await load.stop();
      expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
      expect(byRevision['r1']).toBeGreaterThan(0);
      const after = await servingMaster(mortal);
      expect(after.pid).not.toBe(before.pid);
      expect(mastersOf(mortal)).toHaveLength(1);
      // Only the supervisor and the reload itself have changed anything: init, supervisor, shim, master, two workers.
      expect(mortal.processes()).toHaveLength(5);
    },
  );

  it.each(bad.flatMap((phase) => moments.map((moment) => ({ phase, moment }))))(
    'in $phase, effects $moment, leaves a bad reload to the next, which rolls it back without a lost request',
    async ({ phase, moment }) => {
      await using home = await createAppHome({ server: 'unicorn' });
      await home.addRelease('r0');
      await home.addRelease('bad', 'raises-at-boot');
      await home.pointTo('r0');
      await using mortal = await startMortal(home, `reloading/${phase}`, moment);
      const before = await servingMaster(mortal);
      const workers = workersOf(before.pid).map(pidOf);
      await using load = await startLoad({ url: home.url, connections: 4 });
      await home.pointTo('bad');
      const [record] = await until(
        () => mortal.reloads().length > 0 && mortal.reloads(),
        'the end of the reload',
        60_000,
      );
      expect(mortal.hasDied()).toBe(true);
      expect(record).toMatchObject({ outcome: 'rolled-back', from: { revision: 'r0' }, to: { revision: 'bad' } });
      const { failed, errors } = await load.stop();
      expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
      const after = await servingMaster(mortal);
      expect(after.pid).toBe(before.pid);
      expect(workersOf(after.pid).map(pidOf)).toEqual(workers);
      expect(mastersOf(mortal)).toHaveLength(1);
      expect(mortal.processes()).toHaveLength(5);
    },
  );

  it('during the freeze check leaves no worker stopped', async () => {
    await using home = await createAppHome({ server: 'unicorn' });
    await home.addRelease('r0');
    await home.addRelease('r1');
    await home.pointTo('r0');
    // Two answers of 100 ms: the old workers stand still for long enough to be seen so.
    await using mortal = await startMortal(home, 'never', 'told', { http: '/slow?ms=100' });
    const before = await servingMaster(mortal);
    await home.pointTo('r1');
    await until(() => workersOf(before.pid).some(({ state }) => state === 'T'), 'a frozen old worker');
    const supervisor = mortal.processes().find(({ title }) => supervisorTitle.test(title));
    process.kill(supervisor?.pid ?? expect.fail('it is not there'), 'SIGKILL');
    await until(() => workersOf(before.pid).every(({ state }) => state !== 'T'), 'every old worker continued');
    const [record] = await until(
      () => mortal.reloads().length > 0 && mortal.reloads(),
      'the end of the reload',
      60_000,
    );
    expect(record).toMatchObject({ outcome: 'reloaded' });
  });
});
