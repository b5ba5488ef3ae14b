import { describe, expect, it } from 'vitest';

import { quantile, ratio, rotate, summarize } from '../../bench/statistics.ts';

describe('statistics', () => {
  it.each([
    { values: [3, 1, 2], share: 0.5, is: 2 },
    { values: [4, 1, 2, 3], share: 0.5, is: 2.5 },
    { values: [5, 1, 3], share: 1, is: 5 },
    { values: [7], share: 0.99, is: 7 },
  ])('$values has $is at $share', ({ values, share, is }) => {
    expect(quantile(values, share)).toBe(is);
  });

  it('a summary does not depend on the order', () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it('a ratio compares within rounds, so that a drift cancels out', () => {
    expect(ratio([10, 100, 1_000], [5, 50, 500])).toBe(2);
  });

  it('a ratio leaves out the rounds in which there is nothing to divide by', () => {
    expect(ratio([10, 10], [0, 5])).toBe(2);
    expect(ratio([10], [0])).toBeUndefined();
    expect(ratio([0], [0])).toBeUndefined();
  });

  it('each is first in one round', () => {
    expect([0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});
