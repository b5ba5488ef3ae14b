import { describe, expect, it } from 'vitest';
import {
  askProof,
  condemned,
  fatalDeaths,
  keepPhase,
  lookNow,
  lookSoon,
  stepLater,
  toPhase,
  wanting,
} from '../../../src/machine/reload/phase.ts';
import { unicorn } from '../../../src/servers/unicorn.ts';
import {
  describeEffect,
  fresh,
  newMaster,
  oldMaster,
  reloads,
  sampleHealth,
  sampleReloading,
  sampleTurn,
  seenWorker,
} from '../sample.ts';

const instance = sampleReloading(reloads.proving);
const ready = seenWorker(201, newMaster, 'new');
const young = { ...ready, catches: ['SIGUSR1', 'SIGUSR2'] as const };
const { reexec } = unicorn;
if (reexec === undefined) throw new Error('unreachable: unicorn is reloaded by reexec');

describe('a phase', () => {
  it('with the same news in it is the same object', () => {
    expect(keepPhase(instance, { ...reloads.proving }).instance).toBe(instance);
    expect(toPhase(sampleTurn(), instance, reloads.soaking).instance.life).toMatchObject({ reload: reloads.soaking });
  });

  it('asks for a look now or soon, and for its next step', () => {
    const effects = [lookNow(instance), lookSoon(sampleTurn(), instance), stepLater(sampleTurn(), instance)];
    expect(effects.map(describeEffect)).toEqual(['look', 'timer look 10025', 'timer step 11000']);
  });
});

describe('proof', () => {
  it.each([
    { what: 'frozen, it is short', frozen: [oldMaster], timeoutMs: 2_000, expected: 250 },
    { what: 'frozen, it is never longer than the health check', frozen: [oldMaster], timeoutMs: 100, expected: 100 },
    { what: 'unfrozen, it is a health check', frozen: [], timeoutMs: 2_000, expected: 2_000 },
  ])('$what', ({ frozen, timeoutMs, expected }) => {
    const turn = sampleTurn({ health: { ...sampleHealth, timeoutMs } });
    expect(askProof(turn, instance, 2, frozen)).toMatchObject([{ timeoutMs: expected, times: 2, frozen }]);
  });

  it('is not asked for without a health check', () => {
    expect(askProof(sampleTurn({ health: undefined }), instance, 2, [])).toEqual([]);
  });
});

describe('what a new generation lacks', () => {
  it.each([
    { workers: [], expected: 2, lacks: '0 of 2 workers run, 0 of them ready' },
    { workers: [], expected: 0, lacks: '0 of 1 workers run, 0 of them ready' },
    { workers: [ready, young], expected: 2, lacks: '2 of 2 workers run, 1 of them ready' },
    { workers: [ready, ready], expected: 2, lacks: '' },
    { workers: [ready, ready, ready], expected: 2, lacks: '' },
  ])('of $expected workers: "$lacks"', ({ workers, expected, lacks }) => {
    expect(wanting(reexec, workers, expected)).toBe(lacks);
  });

  it('is too much to hope for after some deaths', () => {
    expect(condemned({ ...fresh, deaths: fatalDeaths - 1 })).toBeUndefined();
    expect(condemned({ ...fresh, deaths: fatalDeaths })).toBe('3 workers of the new generation have ended');
  });
});
