import { describe, expect, it } from 'vitest';
import {
  askProof,
  keepPhase,
  lookNow,
  lookSoon,
  noted,
  planOf,
  stepLater,
  toPhase,
} from '../../../src/machine/reload/phase.ts';
import type { Plan } from '../../../src/machine/reload/state.ts';
import {
  describeEffect,
  generation,
  newMaster,
  oldMaster,
  plan,
  r2,
  reloads,
  sampleHealth,
  sampleReloading,
  sampleTurn,
} from '../sample.ts';

const instance = sampleReloading(reloads.proving);

describe('a phase', () => {
  it('with the same news in it is the same object', () => {
    expect(keepPhase(instance, { ...reloads.proving }).instance).toBe(instance);
    const { life } = toPhase(sampleTurn(), instance, reloads.soaking).instance;
    expect(life).toMatchObject({ reload: reloads.soaking });
  });

  it('asks for a look now or soon, and for its next step', () => {
    const effects = [lookNow(instance), lookSoon(sampleTurn(), instance), stepLater(sampleTurn(), instance)];
    expect(effects.map(describeEffect)).toEqual(['look', 'timer look 10025', 'timer step 11000']);
  });

  it('hands on what is true in every phase, and no more', () => {
    for (const reload of Object.values(reloads)) {
      const { strategy, expected, handover, timeline } = reload;
      expect(planOf(reload)).toEqual({ ...plan, strategy, expected, handover, timeline });
    }
  });
});

describe('the timeline', () => {
  it('says of each phase when it began, from the request on', () => {
    const { timeline } = reloads.proving;
    const next = [...timeline, { phase: 'soaking', afterMs: 1_000 }];
    expect(noted(sampleTurn(), { ...reloads.soaking, timeline }).timeline).toEqual(next);
    const { life } = toPhase(sampleTurn(), instance, { ...reloads.soaking, timeline }).instance;
    expect(life).toMatchObject({ reload: { timeline: next } });
  });

  it('has no new entry for a phase that begins anew', () => {
    const once = noted(sampleTurn(), reloads.proving);
    expect(noted(sampleTurn({}, { stamp: { at: 12_000, wall: 0, chance: 0, said: [] } }), once)).toBe(once);
  });

  it('ends somewhere, however often a reload goes to and fro', () => {
    let timeline: Plan['timeline'] = [];
    for (let round = 0; round < 100; round++) {
      ({ timeline } = noted(sampleTurn(), { ...reloads.proving, timeline }));
      ({ timeline } = noted(sampleTurn(), { ...reloads.soaking, timeline }));
    }
    expect(timeline).toHaveLength(50);
  });
});

describe('proof', () => {
  it.each([
    { what: 'frozen, it is short', frozen: [oldMaster], timeoutMs: 2_000, expected: 250 },
    { what: 'frozen, it is never longer than the health check', frozen: [oldMaster], timeoutMs: 100, expected: 100 },
    { what: 'unfrozen, it is a health check', frozen: [], timeoutMs: 2_000, expected: 2_000 },
  ])('$what', ({ frozen, timeoutMs, expected }) => {
    const turn = sampleTurn({ health: { ...sampleHealth, timeoutMs } });
    expect(askProof(turn, instance, newMaster, 2, frozen)).toEqual({
      ...{ kind: 'probe', purpose: 'proof', generation: generation(2), probe: sampleHealth.probe },
      ...{ timeoutMs: expected, times: 2, frozen, revision: r2, master: newMaster },
    });
  });

  it('is asked for without a health check, too: the release can be looked at', () => {
    const turn = sampleTurn({ health: undefined });
    expect(askProof(turn, instance, newMaster, 2, [])).toMatchObject({ probe: undefined, master: newMaster });
  });

  it.each(['signal', 'command', 'restart'] as const)('by %s says nothing of where the master runs', (strategy) => {
    const same = sampleReloading({ ...reloads.proving, strategy });
    expect(askProof(sampleTurn(), same, oldMaster, 2, [])).toMatchObject({ master: undefined });
  });
});
