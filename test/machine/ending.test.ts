import { describe, expect, it } from 'vitest';
import { backoffMs, decide, ended, startAfresh, startNext } from '../../src/machine/ending.ts';
import type { ExitOutcome } from '../../src/model/outcome.ts';
import { describeEffect, lives, now, planFor, r1, running, sampleInstance, sampleSpec, sampleTurn } from './sample.ts';

const ok: ExitOutcome = { kind: 'exited', code: 0 };
const bad: ExitOutcome = { kind: 'exited', code: 3 };
const { restart } = sampleSpec();

describe('the restart policy', () => {
  it.each([
    { policy: 'always', outcome: ok, to: 'backoff' },
    { policy: 'always', outcome: bad, to: 'backoff' },
    { policy: 'on-failure', outcome: ok, to: 'down' },
    { policy: 'on-failure', outcome: bad, to: 'backoff' },
    { policy: 'on-failure', outcome: { kind: 'unknown' }, to: 'backoff' },
    { policy: 'never', outcome: bad, to: 'down' },
  ] as const)('$policy + $outcome → $to', ({ policy, outcome, to }) => {
    const step = decide(sampleTurn({ restart: { ...restart, policy } }), sampleInstance(running), outcome);
    expect(step.instance.life).toMatchObject({ kind: to, outcome });
  });

  it('gives up when there were too many restarts within the span', () => {
    const recent = [now - 59_999, now - 4, now - 3, now - 2, now - 1];
    const full = decide(sampleTurn(), sampleInstance(running, { restartedAt: recent }), bad);
    expect(full.instance.life).toEqual({ kind: 'failed', outcome: bad });
    const old = decide(sampleTurn(), sampleInstance(running, { restartedAt: [now - 60_000, ...recent.slice(1)] }), bad);
    expect(old.instance.life.kind).toBe('backoff');
    expect(old.instance.ledger).toMatchObject({ restartedAt: [...recent.slice(1), now], restarts: 1 });
  });
});

describe('the wait before a restart', () => {
  it.each([
    { restarts: 0, chance: 0, ms: 50 },
    { restarts: 0, chance: 0.999, ms: 100 },
    { restarts: 2, chance: 0, ms: 200 },
    { restarts: 9, chance: 0, ms: 500 },
  ])('after $restarts restarts and by chance $chance it is $ms ms', ({ restarts, chance, ms }) => {
    expect(backoffMs(restart, restarts, chance)).toBe(ms);
  });
});

describe('when nothing is left of a generation', () => {
  it.each([
    { then: 'rest', to: 'down', effects: ['end-shim'] },
    { then: 'restart', to: 'starting', effects: ['end-shim', 'start-shim'] },
    { then: 'decide', to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
  ] as const)('$then leads to $to, and the shim is released first', ({ then, to, effects }) => {
    const step = ended(sampleTurn(), sampleInstance(lives.stopping), bad, then);
    expect(step.instance.life.kind).toBe(to);
    expect(step.effects.map(describeEffect)).toEqual(effects);
  });
});

describe('the generation that a reload was asked for', () => {
  it('has its number and the revision that is current by now', () => {
    const plan = planFor('restart');
    const instance = sampleInstance(lives.stopping, { newest: 2, restartedAt: [1], restarts: 1 });
    const step = ended(sampleTurn({}, { revision: r1 }), instance, bad, plan);
    expect(step.effects.map(describeEffect)).toEqual(['end-shim', 'start-shim']);
    expect(step.instance.life).toMatchObject({
      ...{ kind: 'starting', number: 2, revision: r1, wish: 'run', held: [] },
      plan: { ...plan, target: { number: 2, revision: r1 } },
    });
    expect(step.instance.ledger).toEqual(instance.ledger);
  });
});

describe('the next generation', () => {
  it('has the next number, the present revision, and no reload to catch up with', () => {
    const { instance } = startNext(sampleTurn(), sampleInstance(lives.backoff, { newest: 4, reloadAsked: 'forced' }));
    expect(instance.life).toMatchObject({ kind: 'starting', number: 5, revision: r1, wish: 'run' });
    expect(instance.ledger).toMatchObject({ newest: 5, reloadAsked: 'no' });
  });

  it('begins without a past when somebody wanted it', () => {
    const { ledger } = startAfresh(
      sampleTurn(),
      sampleInstance(lives.failed, { restartedAt: [1], restarts: 7 }),
    ).instance;
    expect(ledger).toMatchObject({ restartedAt: [], restarts: 7 });
  });
});
