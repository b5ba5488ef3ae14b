import { describe, expect, it } from 'vitest';
import { askHealth, beginHealth, judge, nextHealthCheck, provenHealth } from '../../src/machine/health.ts';
import type { Health } from '../../src/machine/life.ts';
import { describeEffect, generation, now, passed, refused, sampleHealth, sampleTurn, silent } from './sample.ts';

const starting: Health = { kind: 'starting', until: now };
const healthy: Health = { kind: 'healthy', failures: 0 };
const unhealthy: Health = { kind: 'unhealthy', problem: 'before' };

describe('health', () => {
  it.each([
    { health: starting, verdict: passed, at: now, to: healthy },
    { health: starting, verdict: silent, at: now - 1, to: starting },
    { health: starting, verdict: silent, at: now, to: { kind: 'unhealthy', problem: 'no answer within 250 ms' } },
    { health: healthy, verdict: refused, at: now, to: { kind: 'healthy', failures: 1 } },
    {
      health: { kind: 'healthy', failures: 1 },
      verdict: refused,
      at: now,
      to: { kind: 'unhealthy', problem: 'answered 500' },
    },
    { health: { kind: 'healthy', failures: 1 }, verdict: passed, at: now, to: healthy },
    { health: unhealthy, verdict: passed, at: now, to: healthy },
    { health: unhealthy, verdict: refused, at: now, to: { kind: 'unhealthy', problem: 'answered 500' } },
  ] as const)('$health.kind + $verdict.kind at $at → $to.kind', ({ health, verdict, at, to }) => {
    expect(judge(sampleHealth, health, verdict, at)).toEqual(to);
  });

  it('is the same object while nothing changes', () => {
    expect(judge(sampleHealth, healthy, passed, now)).toBe(healthy);
    expect(judge(sampleHealth, starting, silent, now - 1)).toBe(starting);
  });

  it('begins as starting, or proven, or not at all', () => {
    expect(beginHealth(sampleHealth, now)).toEqual({ kind: 'starting', until: now + 3_000 });
    expect(provenHealth(sampleHealth)).toEqual(healthy);
    expect([beginHealth(undefined, now), provenHealth(undefined)]).toEqual([{ kind: 'none' }, { kind: 'none' }]);
  });

  it('is asked for sooner until it first passes', () => {
    const at = (health: Health): string[] => nextHealthCheck(sampleTurn(), generation(1), health).map(describeEffect);
    expect([at(starting), at(healthy)]).toEqual([['timer health 10500'], ['timer health 12000']]);
  });

  it('is not asked for where it is not configured', () => {
    const turn = sampleTurn({ health: undefined });
    expect([...nextHealthCheck(turn, generation(1), healthy), ...askHealth(turn, generation(1))]).toEqual([]);
  });
});
