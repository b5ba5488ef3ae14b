import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../src/model/share.ts';

const count = 20_000;

/** Names as fleets have them: alike but for a number, and as container runtimes give them. */
const fleets: Readonly<Record<string, (index: number) => string>> = {
  'web-17': (index) => `web-${index}`,
  '17.web.example.com': (index) => `${index}.web.example.com`,
  '10.0.0.17': (index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
  shop: (index) => `shop-7d4b9c6f5d-${index.toString(36).padStart(5, 'x')}`,
};

/** Pearson's statistic of how often each of so many equal parts of [0, 1) was hit. */
function chiSquare(shares: readonly number[], parts: number): number {
  const hits = Array.from({ length: parts }, () => 0);
  for (const share of shares) hits[Math.floor(share * parts)] = (hits[Math.floor(share * parts)] ?? 0) + 1;
  const expected = shares.length / parts;
  return hits.reduce((sum, hit) => sum + (hit - expected) ** 2 / expected, 0);
}

/** What one in 10,000 truly uniform samples exceeds, with 99 degrees of freedom. */
const unlikely = 160;

describe('the share of a name', () => {
  it.each(Object.entries(fleets))('is spread evenly over a fleet with names like %s', (_, nameOf) => {
    const shares = Array.from({ length: count }, (_, index) => shareOf('canary', nameOf(index)));
    expect(chiSquare(shares, 100)).toBeLessThan(unlikely);
  });

  it('says nothing of the share of the next name', () => {
    const steps = Array.from({ length: count }, (_, index) => {
      const step = shareOf(`web-${index + 1}`) - shareOf(`web-${index}`);
      return step < 0 ? step + 1 : step;
    });
    expect(chiSquare(steps, 100)).toBeLessThan(unlikely);
  });

  it('and that of the same name and another revision are independent', () => {
    const steps = Array.from({ length: count }, (_, index) => {
      const step = shareOf('splay', `web-${index}`, 'r2') - shareOf('splay', `web-${index}`, 'r1');
      return step < 0 ? step + 1 : step;
    });
    expect(chiSquare(steps, 100)).toBeLessThan(unlikely);
  });

  it('is in [0, 1), whatever the text, and always the same', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 3 }), (parts) => {
        const share = shareOf(...parts);
        expect(share >= 0 && share < 1).toBe(true);
        expect(shareOf(...parts)).toBe(share);
      }),
    );
  });

  it('is what earlier releases of borginit computed: a fleet is not upgraded all at once', () => {
    expect(shareOf('canary', 'web-7')).toBe(0.2823096599895507);
    expect(shareOf('splay', 'web-7', 'r1')).toBe(0.4215105604380369);
  });

  it.each([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [['a'], ['a', '']],
    [['a'], ['b']],
  ])('tells %j from %j', (some, others) => {
    expect(shareOf(...some)).not.toBe(shareOf(...others));
  });
});
