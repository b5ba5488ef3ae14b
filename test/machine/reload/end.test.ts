import { describe, expect, it } from 'vitest';
import { beginReload, closeReload, keepOld, promote, succeed } from '../../../src/machine/reload/end.ts';
import { fresh, newMaster, now, r2, reloads, running, sampleInstance, sampleReloading, sampleTurn } from '../sample.ts';

const instance = sampleReloading(reloads.soaking);

describe('a reload', () => {
  it('begins with the next number, the present revision and a deadline', () => {
    const step = beginReload(
      sampleTurn({}, { revision: r2 }),
      sampleInstance(running, { reloadAsked: true }),
      'operator',
    );
    expect(step.instance.life).toMatchObject({
      reload: { trigger: 'operator', target: { number: 2, revision: r2 }, requestedAt: now, deadline: now + 6_000 },
    });
    expect(step.instance.ledger).toMatchObject({ newest: 2, reloadAsked: false });
  });

  it('ends with the new generation', () => {
    expect(succeed(sampleTurn(), instance, fresh, 'it is good').instance.life).toMatchObject({
      kind: 'running',
      serving: promote(reloads.soaking, fresh),
    });
    expect(promote(reloads.soaking, fresh)).toEqual({ number: 2, revision: r2, main: newMaster, startedAt: 2 });
  });

  it('ends with the old generation as it was', () => {
    const { life, ledger } = keepOld(sampleTurn(), instance, 'it is bad', 'proving').instance;
    expect(life).toEqual(running);
    expect(ledger.lastReload).toMatchObject({ phase: 'proving', why: 'it is bad' });
  });

  it('is recorded', () => {
    expect(closeReload(sampleTurn(), instance, 'reloaded', 'it is good').ledger.lastReload).toEqual({
      ...{ service: 'web', instance: 1, trigger: 'revision', outcome: 'reloaded', phase: 'soaking', why: 'it is good' },
      ...{ from: { generation: 1, revision: 'r1' }, to: { generation: 2, revision: 'r2' } },
      ...{ startedAt: '2023-11-14T22:13:20.000Z', durationMs: 1_000 },
    });
  });

  it.each([
    { outcome: 'rolled-back', refused: r2 },
    { outcome: 'reloaded', refused: undefined },
    { outcome: 'failed', refused: undefined },
  ] as const)('that is $outcome refuses $refused', ({ outcome, refused }) => {
    expect(closeReload(sampleTurn(), instance, outcome, '').ledger.refused).toBe(refused);
  });
});
