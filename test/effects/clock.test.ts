import { expect, it } from 'vitest';
import { monotonicNow } from '../../src/effects/clock.ts';

it('reads the monotonic clock in milliseconds', () => {
  const before = Number(process.hrtime.bigint() / 1_000n) / 1_000;
  const now = monotonicNow();
  const after = Number(process.hrtime.bigint()) / 1_000_000;
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(after + 0.001);
});
