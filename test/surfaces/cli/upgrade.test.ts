import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { BorginitError } from '../../../src/model/errors.ts';
import { main } from '../../../src/surfaces/cli/main.ts';
import { serveControl } from '../../../src/surfaces/http/control-server.ts';
import { fakeWorld } from '../fake-world.ts';
import { fakeSupervisor, sampleSnapshot } from '../sample.ts';
import { tempDir } from '../temp-dir.ts';

/** Upgrades a supervisor that hands over at the second look at it. */
async function upgrade(line: string, refusal?: string) {
  const directory = tempDir();
  let looks = 0;
  const from = { pid: 7, version: '1.0.0' };
  const snapshot = () => {
    looks += 1;
    const { pid, version } = looks > 1 ? { pid: 8, version: '2.0.0' } : from;
    const supervisor = { pid, version, startedAt: '2026-03-01T08:47:00Z', restarts: 1 };
    return Promise.resolve(sampleSnapshot({ supervisor }));
  };
  const control = await serveControl(fakeSupervisor({ snapshot }), join(directory, 'control.sock'), {
    upgrade: () =>
      refusal === undefined
        ? Promise.resolve({ from, to: { version: '2.0.0' } })
        : Promise.reject(new BorginitError('REQUEST_REFUSED', refusal)),
  });
  onTestFinished(() => control.close());
  const { world, printed } = fakeWorld(directory, { BORGINIT_RUN_DIR: directory });
  return { exit: await main(line.split(' '), world), ...printed };
}

describe('upgrade', () => {
  it('returns when the next supervisor answers', async () => {
    const stdout = '✓ borginit 1.0.0 → 2.0.0, supervisor 7 → 8\n';
    expect(await upgrade('upgrade')).toEqual({ exit: 0, stdout, stderr: '' });
  });

  it('tells programs in JSON', async () => {
    const { exit, stdout } = await upgrade('upgrade --json');
    const told = { from: { pid: 7, version: '1.0.0' }, to: { pid: 8, version: '2.0.0' } };
    expect({ exit, told: JSON.parse(stdout) as unknown }).toEqual({ exit: 0, told });
  });

  it('tells why it was refused', async () => {
    const { exit, stderr } = await upgrade('upgrade', 'cannot upgrade borginit: it would not load');
    expect(exit).toBe(1);
    expect(stderr).toContain('borginit: cannot upgrade borginit: it would not load\n');
  });
});
