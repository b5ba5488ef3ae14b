import { describe, expect, it } from 'vitest';
import type { Revision } from '../../src/model/identity.ts';
import { canaryShare, isCanary, rolloutDelayMs } from '../../src/model/rollout.ts';
import type { RolloutSpec } from '../../src/model/spec.ts';

const [r1, r2] = ['r1' as Revision, 'r2' as Revision];
const spec = (changes: Partial<RolloutSpec> = {}): RolloutSpec => ({
  name: 'web-7',
  splayMs: 0,
  canary: undefined,
  permit: undefined,
  ...changes,
});
const canary = (percent: number) => ({ percent, afterMs: 600_000 });
const names = Array.from({ length: 1_000 }, (_, index) => `web-${index}`);

describe('a canary', () => {
  it('is nobody where there are none, nobody at 0 % and everybody at 100 %', () => {
    const all = (percent?: number): number =>
      names.filter((name) => isCanary(spec({ name, canary: percent === undefined ? undefined : canary(percent) })))
        .length;
    expect([all(), all(0), all(100)]).toEqual([0, 0, 1_000]);
  });

  it('stays one when the percentage grows', () => {
    const of = (percent: number): string[] => names.filter((name) => isCanary(spec({ name, canary: canary(percent) })));
    expect(of(40)).toEqual(expect.arrayContaining(of(20)));
    expect(of(20).length).toBeLessThan(of(40).length);
  });

  it('is whoever lies below the percentage', () => {
    const share = canaryShare('web-7');
    expect(isCanary(spec({ canary: canary(Math.ceil(share)) }))).toBe(true);
    expect(isCanary(spec({ canary: canary(Math.floor(share)) }))).toBe(false);
  });
});

describe('the delay', () => {
  it.each([
    { what: 'nothing is configured', changes: {}, delay: 0 },
    { what: 'it is a canary', changes: { canary: canary(100) }, delay: 0 },
    { what: 'it is none', changes: { canary: canary(0) }, delay: 600_000 },
  ])('where $what is $delay ms', ({ changes, delay }) => {
    expect(rolloutDelayMs(spec(changes), r1)).toBe(delay);
  });

  it('has the splay on top, for canaries and for others', () => {
    const splayMs = 30_000;
    const splay = rolloutDelayMs(spec({ splayMs }), r1);
    expect(splay >= 0 && splay < splayMs).toBe(true);
    expect(rolloutDelayMs(spec({ splayMs, canary: canary(100) }), r1)).toBe(splay);
    expect(rolloutDelayMs(spec({ splayMs, canary: canary(0) }), r1)).toBe(600_000 + splay);
  });

  it('is another one for another revision, so that not always the same host is last', () => {
    const last = (revision: Revision): string =>
      names.reduce((latest, name) =>
        rolloutDelayMs(spec({ name, splayMs: 1e6 }), revision) >
        rolloutDelayMs(spec({ name: latest, splayMs: 1e6 }), revision)
          ? name
          : latest,
      );
    expect(last(r1)).not.toBe(last(r2));
  });
});
