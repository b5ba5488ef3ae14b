import { expect, it } from 'vitest';
import { isSameProcess } from '../../src/model/process.ts';

it.each([
  { other: { pid: 7, startTicks: 70 }, same: true },
  { other: { pid: 7, startTicks: 71 }, same: false },
  { other: { pid: 8, startTicks: 70 }, same: false },
])('pid 7 of tick 70 and $other.pid of $other.startTicks are the same: $same', ({ other, same }) => {
  expect(isSameProcess({ pid: 7, startTicks: 70 }, other)).toBe(same);
});
