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
