import { describe, expect, it } from 'vitest';
import { generation, lives } from './sample.ts';
import { itSteps, take } from './table.ts';

const { backoff, down, failed } = lives;
const completed = { kind: 'down', why: 'completed', outcome: { kind: 'exited', code: 0 } } as const;

describe('an instance that waits for its next start', () => {
  itSteps([
    {
      from: backoff,
      event: { kind: 'timer-fired', generation: generation(1), timer: 'backoff' },
      to: 'starting',
      effects: ['start-shim'],
    },
    {
      from: backoff,
      event: { kind: 'timer-fired', generation: generation(1), timer: 'look' },
      to: 'backoff',
      effects: [],
    },
    { from: backoff, event: { kind: 'stop', how: 'graceful' }, to: 'down', effects: [] },
    { from: backoff, event: { kind: 'start' }, to: 'starting', effects: ['start-shim'] },
    { from: backoff, event: { kind: 'restart' }, to: 'starting', effects: ['start-shim'] },
    { from: backoff, event: { kind: 'reload', force: false }, to: 'starting', effects: ['start-shim'] },
    { from: backoff, event: { kind: 'revision-changed' }, to: 'starting', effects: ['start-shim'] },
  ]);

  it('forgets what went before when somebody wants it to start', () => {
    const ledger = { restartedAt: [1, 2, 3] };
    const timer = { kind: 'timer-fired', generation: generation(1), timer: 'backoff' } as const;
    expect(take({ from: backoff, event: { kind: 'start' }, ledger }).instance.ledger.restartedAt).toEqual([]);
    expect(take({ from: backoff, event: timer, ledger }).instance.ledger.restartedAt).toEqual([1, 2, 3]);
  });
});

describe('an instance at rest', () => {
  itSteps([
    { from: down, event: { kind: 'start' }, to: 'starting', effects: ['start-shim'] },
    { from: failed, event: { kind: 'restart' }, to: 'starting', effects: ['start-shim'] },
    { from: failed, event: { kind: 'revision-changed' }, to: 'starting', effects: ['start-shim'] },
    { from: down, event: { kind: 'revision-changed' }, to: 'down', effects: [] },
    { from: down, event: { kind: 'reload', force: false }, to: 'down', effects: [] },
    { from: failed, event: { kind: 'stop', how: 'graceful' }, to: 'down', effects: [] },
  ]);

  it('is down because somebody asked, once somebody has', () => {
    const { life } = take({ from: completed, event: { kind: 'stop', how: 'graceful' } }).instance;
    expect(life).toEqual({ ...completed, why: 'asked' });
  });
});
