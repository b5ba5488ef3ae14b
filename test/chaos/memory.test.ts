import { expect, it } from 'vitest';
import { growthIn, perMinute, privateMemoryOf, type Sample } from './memory.ts';

const samples = (count: number, supervisor: (at: number) => number, shims = (): number => 500): readonly Sample[] =>
  Array.from({ length: count }, (_, at) => ({ atMs: at * 30_000, supervisor: supervisor(at), shims: shims() }));

it.each([
  { what: 'what is flat', of: samples(16, () => 20_000), says: [] },
  { what: 'what goes to and fro', of: samples(16, (at) => 20_000 + (at % 3) * 10_000), says: [] },
  { what: 'what grows up in the beginning', of: samples(16, (at) => (at < 4 ? at * 10_000 : 40_000)), says: [] },
  { what: 'too little to tell', of: samples(3, (at) => at * 1_000_000), says: [] },
  {
    what: 'what grows',
    of: samples(16, (at) => at * 10_000),
    says: ['the supervisor grew from 60000 to 140000 KiB'],
  },
])('tells $what', ({ of, says }) => {
  expect(growthIn(of)).toEqual(says);
});

it('says the last figure of each minute', () => {
  const second = 'minute 1: supervisor 3 KiB, shims 500 KiB';
  expect(perMinute(samples(4, (at) => at))).toEqual(['minute 0: supervisor 1 KiB, shims 500 KiB', second]);
});

it('measures this process, and nothing where there is none', () => {
  expect(privateMemoryOf(process.pid)).toBeGreaterThan(1_000);
  expect(privateMemoryOf(2 ** 22)).toBe(0);
});
