import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { monotonicNow } from '../../src/effects/clock.ts';
import { openRollout } from '../../src/supervisor/rollout-hand.ts';
import { until } from '../rig/until.ts';

/** A rollout's hand that lets go when the test has ended, and what it reported. */
function hand() {
  const reported: string[] = [];
  const rollout = openRollout((event) => reported.push(event.kind));
  onTestFinished(() => rollout.close());
  return { ...rollout, reported };
}

function lockPath(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rollout-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'lock');
}

it('rings when it is due', async () => {
  const { perform, reported } = hand();
  perform({ kind: 'timer', at: monotonicNow() + 5 });
  await until(() => reported.length > 0, 'the alarm');
  expect(reported).toEqual(['due']);
});

it('takes a permit and gives it back', async () => {
  const permit = { lock: lockPath(), atMost: 1 };
  const [one, two] = [hand(), hand()];
  one.perform({ kind: 'take-permit', permit });
  await until(() => one.reported.length > 0, 'the first to have it');
  two.perform({ kind: 'take-permit', permit });
  expect(two.reported).toEqual([]);
  one.perform({ kind: 'release-permit' });
  await until(() => two.reported.length > 0, 'the second to have it');
  expect([one.reported, two.reported]).toEqual([['permit-taken'], ['permit-taken']]);
});

it('says that no permit can be had', async () => {
  const { perform, reported } = hand();
  perform({ kind: 'take-permit', permit: { lock: '/absent/lock', atMost: 2 } });
  await until(() => reported.length > 0, 'the problem');
  expect(reported).toEqual(['permit-lost']);
});
