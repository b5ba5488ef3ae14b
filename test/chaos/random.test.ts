import { expect, it } from 'vitest';
import { Random } from './random.ts';

const drawn = (seed: number): readonly number[] => {
  const random = new Random(seed);
  return Array.from({ length: 1_000 }, () => random.between(1, 6));
};

it('draws the same for the same seed, and something else for another', () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

it('draws each number about as often', () => {
  for (const face of [1, 2, 3, 4, 5, 6]) {
    const count = drawn(1).filter((number) => number === face).length;
    expect(count).toBeGreaterThan(120);
    expect(count).toBeLessThan(220);
  }
});

it('draws what weighs more as much more often, and what weighs nothing never', () => {
  const random = new Random(3);
  const list = [{ weight: 1 }, { weight: 0 }, { weight: 3 }] as const;
  const counts = list.map(() => 0);
  for (let draw = 0; draw < 4_000; draw++) {
    const at = list.indexOf(random.weighted<(typeof list)[number]>(list));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  expect(counts[1]).toBe(0);
  expect(counts[0]).toBeGreaterThan(800);
  expect(counts[0]).toBeLessThan(1_200);
});

it('goes on in the same way however much was drawn from one that it made', () => {
  const [first, second] = [new Random(5), new Random(5)];
  first.fork();
  const forked = second.fork();
  for (let draw = 0; draw < 10; draw++) forked.next();
  expect(first.next()).toBe(second.next());
});
