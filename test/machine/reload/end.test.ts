import { describe, expect, it } from 'vitest';
import {
  beginReload,
  closeReload,
  lostShim,
  exposureOf,
  keepOld,
  promote,
  serveAnyhow,
  succeed,
  withdraw,
  type ReloadEnd,
} from '../../../src/machine/reload/end.ts';
import type { Refused } from '../../../src/machine/life.ts';
import type { Stamp } from '../../../src/model/event.ts';
import type { OutputMode } from '../../../src/model/output.ts';
import type { ReloadOutcome } from '../../../src/model/reload-record.ts';
import type { ReloadSpec } from '../../../src/model/spec.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  fresh,
  lives,
  newMaster,
  now,
  old,
  plan,
  r1,
  r2,
  reloads,
  running,
  sampleInstance,
  sampleReloading,
  sampleSpec,
  sampleTurn,
  servedBy,
} from '../sample.ts';

const instance = sampleReloading(reloads.soaking);
const reloadSpec = (changes: Partial<ReloadSpec>) => ({ reload: { ...sampleSpec().reload, ...changes } });

describe('a reload', () => {
  it('begins with the next number, the present revision and a deadline', () => {
    const step = beginReload(
      sampleTurn({}, { revision: r2 }),
      sampleInstance(running, { reloadAsked: 'forced' }),
      'operator',
    );
    expect(step.instance.life).toMatchObject({
      reload: {
        ...{ phase: 'preparing', step: 'hook', strategy: 'reexec', trigger: 'operator' },
        ...{ from: { number: 1, revision: r1 }, target: { number: 2, revision: r2 } },
        ...{ requestedAt: now, requestedWall: sampleTurn().stamp.wall, deadline: now + 6_000 },
        timeline: [{ phase: 'preparing', afterMs: 0 }],
      },
    });
    expect(step.instance.ledger).toMatchObject({ newest: 2, reloadAsked: 'no' });
  });

  it('is never begun where there is no way to reload', () => {
    const turn = sampleTurn(servedBy(profiles.none));
    expect(() => beginReload(turn, sampleInstance(running), 'operator')).toThrow('unreachable');
  });

  it('ends with the new generation', () => {
    expect(succeed(sampleTurn(), instance, fresh, 'it is good').instance.life).toMatchObject({
      kind: 'running',
      serving: promote(reloads.soaking, fresh),
    });
    expect(promote(reloads.soaking, fresh)).toEqual({ number: 2, revision: r2, main: newMaster, startedAt: 2 });
  });

  it('ends with the old generation as it was', () => {
    const { life, ledger } = keepOld(sampleTurn(), instance, { why: 'it is bad' }).instance;
    expect(life).toEqual(running);
    expect(ledger.lastReload).toMatchObject({ outcome: 'rolled-back', phase: 'soaking', why: 'it is bad' });
  });

  it('ends with a master whose workers are not what they should be, and is unhealthy until it proves otherwise', () => {
    const { life, ledger } = serveAnyhow(sampleTurn(), instance, old, 'it is bad').instance;
    expect(life).toEqual({ ...running, health: { kind: 'unhealthy', problem: 'it is bad' } });
    expect(ledger.lastReload).toMatchObject({ outcome: 'failed', why: 'it is bad' });
    const unprobed = serveAnyhow(sampleTurn({ health: undefined }), instance, old, 'it is bad').instance.life;
    expect(unprobed).toMatchObject({ health: { kind: 'none' } });
  });

  it('is recorded', () => {
    const end = { outcome: 'reloaded', why: 'it is good' } as const;
    expect(closeReload(sampleTurn(), instance, reloads.soaking, end).ledger.lastReload).toEqual({
      ...{ service: 'web', instance: 1, trigger: 'revision', outcome: 'reloaded', phase: 'soaking', why: 'it is good' },
      ...{ strategy: 'reexec', exposureMs: 0, timeline: reloads.soaking.timeline },
      ...{ from: { generation: 1, revision: 'r1' }, to: { generation: 2, revision: 'r2' } },
      ...{ startedAt: '2023-11-14T22:13:20.000Z', durationMs: 1_000 },
      lastLines: [],
    });
  });

  describe('that did not go well', () => {
    const said = (count: number, text = 'line') =>
      Array.from({ length: count }, (_, index) => ({ at: 9_000 + index, text: `${text} ${index}` }));
    const linesOf = (stamp: Partial<Stamp>, output: OutputMode = 'prefix', outcome: ReloadOutcome = 'rolled-back') => {
      const turn = sampleTurn({ output }, { stamp: { ...sampleTurn().stamp, ...stamp } });
      return closeReload(turn, instance, reloads.soaking, { outcome, why: '' }).ledger.lastReload?.lastLines;
    };

    it('is recorded with what was written last, and no more than ten lines of it', () => {
      expect(linesOf({ said: said(2) })).toEqual(['line 0', 'line 1']);
      expect(linesOf({ said: said(11) })).toHaveLength(10);
      expect(linesOf({ said: said(11) })?.at(-1)).toBe('line 10');
    });

    it('is recorded with no line that came before it was requested', () => {
      expect(linesOf({ said: [{ at: 8_999, text: 'before' }, ...said(1)] })).toEqual(['line 0']);
    });

    it('is recorded with so much of each', () => {
      expect(linesOf({ said: said(1, 'x'.repeat(300)) })).toEqual(['x'.repeat(200)]);
    });

    it('knows nothing of what did not come through us, and a good one has nothing to tell', () => {
      expect(linesOf({ said: said(1) }, 'inherit')).toBeNull();
      expect(linesOf({ said: said(1) }, 'json', 'reloaded')).toEqual([]);
      expect(linesOf({ said: said(1) }, 'json', 'failed')).toEqual(['line 0']);
    });
  });

  it('is recorded with the last phase on the way forward', () => {
    const { ledger } = closeReload(sampleTurn(), instance, reloads['rolling-back'], {
      outcome: 'rolled-back',
      why: '',
    });
    expect(ledger.lastReload?.phase).toBe('proving');
  });

  it('ends when somebody wants something else than what was to follow', () => {
    const stopping = sampleInstance(lives.stopping, { newest: 2 });
    expect(withdraw(sampleTurn(), stopping, 'restart', 'an operator stopped it')).toBe(stopping);
    expect(withdraw(sampleTurn(), stopping, undefined, 'an operator stopped it')).toBe(stopping);
    expect(withdraw(sampleTurn(), stopping, plan, 'an operator stopped it').ledger.lastReload).toMatchObject({
      ...{ outcome: 'failed', phase: 'preparing', why: 'an operator stopped it', exposureMs: 0 },
    });
  });
});

describe('the exposure', () => {
  it.each([
    { what: 'before there is a new generation', reload: reloads.starting, ms: 0 },
    { what: 'none of whose workers was ready', reload: unready(), ms: 0 },
    { what: 'since its first worker was ready', reload: reloads.proving, ms: 500 },
  ])('of a generation $what is $ms ms', ({ reload, ms }) => {
    expect(exposureOf(sampleTurn(), reload)).toBe(ms);
  });

  it.each<{ end: Partial<ReloadEnd> & Pick<ReloadEnd, 'outcome'>; ms: number }>([
    { end: { outcome: 'reloaded' }, ms: 0 },
    { end: { outcome: 'reloaded', exposureMs: 77 }, ms: 0 },
    { end: { outcome: 'failed' }, ms: 500 },
    { end: { outcome: 'rolled-back' }, ms: 500 },
    { end: { outcome: 'rolled-back', exposureMs: 76.6 }, ms: 77 },
  ])('in the record of $end is $ms ms', ({ end, ms }) => {
    const { ledger } = closeReload(sampleTurn(), instance, reloads.proving, { why: '', ...end });
    expect(ledger.lastReload?.exposureMs).toBe(ms);
  });

  function unready() {
    return { ...reloads.proving, fresh: { ...fresh, readyAt: undefined } };
  }
});

describe('a revision', () => {
  const refusedBy = (end: ReloadEnd, before?: Refused, retry = { times: 0, afterMs: 1_000 }): Refused | undefined => {
    const from = sampleReloading(reloads.proving, { refused: before });
    return closeReload(sampleTurn(reloadSpec({ retry })), from, reloads.proving, end).ledger.refused;
  };
  const bad: ReloadEnd = { outcome: 'rolled-back', why: 'it is bad' };
  const passing: ReloadEnd = { ...bad, mayPass: true };
  const once: Refused = { revision: r2, why: 'before', tries: 1, againAt: undefined };
  const twice = { times: 2, afterMs: 1_500 };

  it.each([
    { what: 'that was proven', end: { outcome: 'reloaded', why: '' } as const, before: once, refused: undefined },
    { what: 'that was bad', end: bad, before: undefined, refused: { ...once, why: 'it is bad' } },
    { what: 'that was bad again', end: bad, before: once, refused: { ...once, why: 'it is bad', tries: 2 } },
    {
      what: 'another having been refused before',
      end: bad,
      before: { ...once, revision: r1, tries: 7 },
      refused: { ...once, why: 'it is bad' },
    },
  ])('$what is refused: $refused', ({ end, before, refused }) => {
    expect(refusedBy(end, before)).toEqual(refused);
  });

  it.each([
    {
      what: 'which may pass, where nobody wants a retry',
      end: passing,
      tries: 0,
      retry: undefined,
      againAt: undefined,
    },
    { what: 'which may pass', end: passing, tries: 0, retry: twice, againAt: now + 1_500 },
    { what: 'which may pass, a second time', end: passing, tries: 1, retry: twice, againAt: now + 1_500 },
    { what: 'which may pass, once too often', end: passing, tries: 2, retry: twice, againAt: undefined },
    { what: 'which will not pass', end: bad, tries: 0, retry: twice, againAt: undefined },
  ])('that failed for something $what is tried again at $againAt', ({ end, tries, retry, againAt }) => {
    const before = tries === 0 ? undefined : { ...once, tries };
    expect(refusedBy(end, before, retry)).toMatchObject({ tries: tries + 1, againAt });
  });

  it('is not refused because its shim was lost, which says nothing of it', () => {
    const { lastReload, refused } = lostShim(sampleTurn(), instance, reloads.proving).ledger;
    expect(lastReload).toMatchObject({ outcome: 'failed', why: 'the shim is gone' });
    expect(refused).toBeUndefined();
  });

  it('that is not followed by itself is not tried again by itself', () => {
    const spec = reloadSpec({ retry: twice, on: 'request' });
    const { refused } = closeReload(sampleTurn(spec), instance, reloads.proving, passing).ledger;
    expect(refused).toMatchObject({ revision: r2, againAt: undefined });
  });

  it('that nobody knows is not refused', () => {
    const nameless = { ...reloads.proving, target: { number: 2, revision: undefined } };
    expect(closeReload(sampleTurn(), instance, nameless, bad).ledger.refused).toBeUndefined();
  });
});
