import { expect, it } from 'vitest';
import { usageOf } from '../../src/effects/usage.ts';

it('measures those that live and leaves out those that do not', async () => {
  const usage = await usageOf([process.pid, 2 ** 30]);
  expect([...usage.keys()]).toEqual([process.pid]);
  expect(usage.get(process.pid)?.rssBytes).toBeGreaterThan(10_000_000);
  expect(usage.get(process.pid)?.cpuPercent).toBeGreaterThanOrEqual(0);
});

it('answers nothing about nobody', async () => {
  expect(await usageOf([])).toEqual(new Map());
  expect(await usageOf([2 ** 30])).toEqual(new Map());
});
