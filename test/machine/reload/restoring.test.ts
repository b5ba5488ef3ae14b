import { describe, expect, it } from 'vitest';
import { mayTell } from '../../../src/machine/reload/restoring.ts';
import type { Told } from '../../../src/machine/reload/state.ts';
import type { ProcessInfo } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  generation,
  now,
  oldMaster,
  ref,
  reloadingIn,
  reloads,
  sampleSpec,
  sampleTurn,
  seenMaster,
  seenWorker,
  shim,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const underWay = { kind: 'under-way', taking: undefined } as const;
interface Changes {
  readonly step?: 'yielding';
  readonly old?: readonly number[];
  readonly deaths?: number;
  readonly told?: Told;
  readonly taking?: number;
}
const at = ({ step, old = [], deaths = 0, told, taking }: Changes = {}) =>
  reloadingIn({
    ...{ ...reloads['rolling-back'], step: step ?? 'restoring', expected: 3, deaths, told },
    ...{ old: old.map(ref), handover: { kind: 'under-way', taking }, stepUntil: now + 9_000 },
  });
const looked = (...workers: readonly (number | ProcessInfo)[]) => {
  const seen = workers.map((one) => (typeof one === 'number' ? seenWorker(one, oldMaster, 'old') : one));
  return {
    kind: 'looked',
    generation: generation(2),
    processes: [seenMaster(oldMaster, shim.pid, 'old'), ...seen],
  } as const;
};
const booting = (pid: number): ProcessInfo => ({ ...seenWorker(pid, oldMaster, 'old'), catches: [] });
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const here = 'reloading/rolling-back';
const again = 'timer look 10025';
const more = ['signal 100 SIGTTIN', again];
const fewer = ['signal 100 SIGTTOU', again];
const served = ['timer health 12000'];

describe('an old generation that gave workers up', () => {
  itSteps([
    { from: at(), event: looked(101), to: here, effects: more, when: 'and has one of three' },
    { from: at(), event: looked(), to: here, effects: more, when: 'and has none' },
    {
      from: at({ old: [101], told: { at: now - 999, count: 1 } }),
      event: looked(101),
      to: here,
      effects: [again],
      when: 'before the one that was told has come',
    },
    {
      from: at({ old: [101], told: { at: now - 1_000, count: 1 } }),
      event: looked(101),
      to: here,
      effects: more,
      when: 'and heeds nothing for a while',
    },
    {
      from: at({ old: [101], told: { at: now - 99, count: 1 } }),
      event: looked(101, booting(102)),
      to: here,
      effects: [again],
      when: 'and was told a moment ago',
    },
    {
      from: at({ old: [101], told: { at: now - 100, count: 1 } }),
      event: looked(101, booting(102)),
      to: here,
      effects: more,
      when: 'the one before having come',
    },
    { from: at({ old: [101, 102] }), event: looked(101, 102, booting(103)), to: here, effects: [again] },
    { from: at({ old: [101, 102] }), event: looked(101, 102, 103), to: 'running', effects: served, when: 'complete' },
    {
      from: at({ old: [101, 102, 103], taking: 3 }),
      event: looked(101, 102, 103),
      to: here,
      effects: more,
      when: 'one of them being told to go',
    },
    {
      from: at({ old: [101, 102, 103], taking: 4 }),
      event: looked(101, 102, 103),
      to: 'running',
      effects: served,
      when: 'the one that was told to go being gone',
    },
    { from: at(), event: timer, to: here, effects: [], when: 'with time left' },
  ]);

  it.each([
    { server: 'unicorn' as const, told: { at: 0, count: 2 }, why: 'it was bad' },
    { server: 'gunicorn' as const, told: undefined, why: 'it was bad' },
    {
      server: 'gunicorn' as const,
      told: { at: 0, count: 2 },
      why: 'it was bad; old workers were started again, and unless the application is preloaded they run what the link means now',
    },
  ])('says of $server, told $told, what its workers may run', ({ server, told, why }) => {
    const from = at({ old: [101, 102], ...(told && { told }) });
    const spec = { server: { ...profiles.unicorn, scale: profiles[server].scale } };
    expect(take({ from, event: looked(101, 102, 103), spec }).instance.ledger.lastReload?.why).toBe(why);
  });

  it('that is not complete in time is reported as it is', () => {
    const late = { stamp: { at: now + 9_000, wall: 0, chance: 0, said: [] } };
    const { ledger } = take({ from: at({ old: [101, 102] }), event: timer, turn: late }).instance;
    expect(ledger.lastReload?.why).toBe('it was bad; the old generation has 2 of 3 workers again');
  });

  it('has for that the time of a reload', () => {
    const gone = reloadingIn({ ...reloads['rolling-back'], handover: underWay });
    const spec = { reload: { ...sampleSpec().reload, timeoutMs: 60_000 } };
    expect(take({ from: gone, event: looked(101), spec }).instance.life).toMatchObject({
      reload: { step: 'restoring', stepUntil: now + 60_000, old: [], deaths: 0 },
    });
  });
});

describe('an old generation whose workers do not live any more', () => {
  const told = { at: now - 100, count: 2 };
  itSteps([
    {
      from: at({ old: [101, 104], deaths: 2, told }),
      event: looked(101),
      to: here,
      effects: fewer,
      when: 'is told to have fewer',
    },
    {
      from: at({ old: [101, 104], deaths: 2, told: { ...told, at: now - 99 } }),
      event: looked(101),
      to: here,
      effects: [again],
      when: 'but not at once',
    },
    {
      from: at({ step: 'yielding', old: [101, 104], deaths: 1, told }),
      event: looked(101),
      to: here,
      effects: [again],
      when: 'for which the one that goes is no reason',
    },
    {
      from: at({ step: 'yielding', old: [101, 104], deaths: 2, told }),
      event: looked(101),
      to: here,
      effects: fewer,
      when: 'and once more, if that goes on',
    },
    {
      from: at({ step: 'yielding', old: [101], told: { at: now - 1_000, count: 1 } }),
      event: looked(101),
      to: 'running',
      effects: served,
      when: 'until all is quiet',
    },
  ]);

  it('says what is left of it', () => {
    const quiet = at({ step: 'yielding', old: [101], told: { at: now - 1_000, count: 1 } });
    expect(take({ from: quiet, event: looked(101) }).instance.ledger.lastReload?.why).toBe(
      'it was bad; its workers end as they start, so the old generation has 1 of 3 workers',
    );
  });
});

it.each([
  { told: undefined, count: 0, may: true },
  { told: { at: now - 99, count: 1 }, count: 2, may: false },
  { told: { at: now - 100, count: 1 }, count: 2, may: true },
  { told: { at: now - 999, count: 1 }, count: 1, may: false },
  { told: { at: now - 1_000, count: 1 }, count: 1, may: true },
])('a master of $count workers that was told $told may be told again: $may', ({ told, count, may }) => {
  expect(mayTell(sampleTurn(), told, count)).toBe(may);
});
