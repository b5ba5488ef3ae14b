import { describe, expect, it } from 'vitest';
import type { Afterwards, Life } from '../../src/machine/life.ts';
import { longestStopMs } from '../../src/machine/stopping.ts';
import type { Revision } from '../../src/model/identity.ts';
import { generation, lives, newMaster, now, oldMaster, planFor, r2 } from './sample.ts';
import { itSteps, take } from './table.ts';

const r3 = 'r3' as Revision;
const exited = { kind: 'exited', code: 0 } as const;
const timer = { kind: 'timer-fired', generation: generation(1), timer: 'stop' } as const;

it.each([
  { timeouts: [], takes: 0 },
  { timeouts: [8_000], takes: 8_000 },
  { timeouts: [8_000, 30_000, 0], takes: 30_000 },
])('stops services with the timeouts $timeouts within $takes', ({ timeouts, takes }) => {
  const services = timeouts.map((timeoutMs) => ({ stop: { signal: 'SIGTERM', timeoutMs } }) as const);
  expect(longestStopMs(services)).toBe(takes);
});

describe('a main process that was told to stop', () => {
  const { stopping } = lives;
  const restarting = { ...stopping, then: 'restart' } as const;
  const crashed = { ...stopping, then: 'decide' } as const;
  itSteps([
    {
      from: stopping,
      event: { kind: 'main-ended', process: oldMaster, outcome: exited },
      to: 'clearing',
      effects: ['signal all SIGTERM', `timer stop ${now}`],
    },
    {
      from: { ...stopping, others: [newMaster] },
      event: { kind: 'main-ended', process: oldMaster, outcome: exited },
      to: 'clearing',
      effects: ['watch 200', `timer stop ${now}`],
      when: 'the new master may finish its requests',
    },
    { from: stopping, event: { kind: 'emptied' }, to: 'down', effects: ['end-shim'] },
    { from: restarting, event: { kind: 'emptied' }, to: 'starting', effects: ['end-shim', 'start-shim'] },
    { from: crashed, event: { kind: 'emptied' }, to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
    { from: stopping, event: timer, to: 'stopping', effects: ['kill-all', 'timer stop 11000'] },
    { from: { ...stopping, killAt: now + 1 }, event: timer, to: 'stopping', effects: [], when: 'too early' },
    { from: stopping, event: { kind: 'stop', how: 'graceful' }, to: 'stopping', effects: [] },
    {
      from: { ...stopping, others: [newMaster] },
      event: { kind: 'stop', how: 'quick' },
      to: 'stopping',
      effects: ['signal 200 SIGTERM', 'signal main SIGTERM', `timer stop ${now}`],
      when: 'the new master first',
    },
    {
      from: { ...stopping, killAt: now + 60_000 },
      event: { kind: 'stop', how: 'graceful' },
      to: 'stopping',
      effects: ['timer stop 12000'],
      when: 'within the stop timeout, however long it might have drained',
    },
    { from: stopping, event: { kind: 'start' }, to: 'stopping', effects: [] },
    { from: stopping, event: { kind: 'shim-lost', left: [] }, to: 'down', effects: [] },
    { from: restarting, event: { kind: 'shim-lost', left: [] }, to: 'starting', effects: ['start-shim'] },
    { from: crashed, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
  ]);
});

describe('what a main process left behind', () => {
  const { clearing } = lives;
  const resting = { ...clearing, then: 'rest' } as const;
  itSteps([
    { from: clearing, event: { kind: 'emptied' }, to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
    { from: resting, event: { kind: 'emptied' }, to: 'down', effects: ['end-shim'] },
    { from: clearing, event: timer, to: 'clearing', effects: ['kill-all', 'timer stop 11000'] },
    { from: clearing, event: { kind: 'stop', how: 'graceful' }, to: 'clearing', effects: [] },
    { from: clearing, event: { kind: 'restart' }, to: 'clearing', effects: [] },
    { from: clearing, event: { kind: 'process-gone', process: newMaster }, to: 'clearing', effects: [] },
    {
      from: { ...clearing, others: [newMaster] },
      event: { kind: 'process-gone', process: newMaster },
      to: 'clearing',
      effects: ['signal all SIGTERM', `timer stop ${now}`],
      when: 'the last master has gone',
    },
    {
      from: { ...clearing, others: [newMaster] },
      event: { kind: 'stop', how: 'quick' },
      to: 'clearing',
      effects: ['signal all SIGTERM', `timer stop ${now}`],
      when: 'and no time left',
    },
    { from: clearing, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
    { from: resting, event: { kind: 'shim-lost', left: [] }, to: 'down', effects: [] },
  ]);
});

describe('a service that is stopped to be started for a reload', () => {
  const plan = planFor('restart');
  const stopping = { ...lives.stopping, then: plan } as const;
  const clearing = { ...lives.clearing, then: plan } as const;
  const ledger = { newest: 2 };
  const timerFor = { ...timer, generation: generation(2) };
  const turn = { revision: r2 };

  itSteps([
    {
      from: stopping,
      event: { kind: 'main-ended', process: oldMaster, outcome: exited },
      to: 'clearing',
      effects: ['signal all SIGTERM', `timer stop ${now}`],
      ledger,
    },
    { from: stopping, event: { kind: 'start' }, to: 'stopping', effects: [], ledger, when: 'to be started anyway' },
    { from: clearing, event: { kind: 'start' }, to: 'clearing', effects: [], ledger, when: 'to be started anyway' },
    { from: stopping, event: { kind: 'emptied' }, to: 'starting', effects: ['end-shim', 'start-shim'], ledger },
    { from: clearing, event: { kind: 'emptied' }, to: 'starting', effects: ['end-shim', 'start-shim'], ledger },
    { from: stopping, event: { kind: 'shim-lost', left: [] }, to: 'starting', effects: ['start-shim'], ledger },
    { from: clearing, event: { kind: 'shim-lost', left: [] }, to: 'starting', effects: ['start-shim'], ledger },
    { from: stopping, event: timerFor, to: 'stopping', effects: ['kill-all', 'timer stop 11000'], ledger },
    { from: clearing, event: timerFor, to: 'clearing', effects: ['kill-all', 'timer stop 11000'], ledger },
    {
      from: stopping,
      event: { ...timerFor, timer: 'deadline' },
      to: 'stopping',
      effects: [],
      ledger,
      when: "the reload's deadline not being the stop's",
    },
    { from: stopping, event: { kind: 'revision-changed' }, to: 'stopping', effects: [], ledger },
    { from: stopping, event: { kind: 'reload', force: false }, to: 'stopping', effects: [], ledger },
  ]);

  it.each([stopping, clearing])('is started as what it was asked for, by the revision of then ($kind)', (from) => {
    const { life, ledger: after } = take({ from, event: { kind: 'emptied' }, ledger, turn: { revision: r3 } }).instance;
    expect(life).toMatchObject({
      ...{ kind: 'starting', number: 2, revision: r3, wish: 'run' },
      plan: { ...plan, target: { number: 2, revision: r3 } },
    });
    expect(after).toMatchObject({ newest: 2, lastReload: undefined });
  });

  it.each([
    { from: stopping, event: { kind: 'stop', how: 'graceful' }, then: 'rest', why: 'an operator stopped it' },
    { from: stopping, event: { kind: 'stop', how: 'quick' }, then: 'rest', why: 'an operator stopped it' },
    { from: stopping, event: { kind: 'restart' }, then: 'restart', why: 'an operator restarted it' },
    { from: clearing, event: { kind: 'stop', how: 'graceful' }, then: 'rest', why: 'an operator stopped it' },
    { from: clearing, event: { kind: 'stop', how: 'quick' }, then: 'rest', why: 'an operator stopped it' },
    { from: clearing, event: { kind: 'restart' }, then: 'restart', why: 'an operator restarted it' },
  ] as const)('$from.kind + $event.kind: the reload has failed, for $why', ({ from, event, then, why }) => {
    const { life, ledger: after } = take({ from, event, ledger, turn }).instance;
    expect(life).toMatchObject({ kind: from.kind, then });
    expect(after.lastReload).toMatchObject({ outcome: 'failed', strategy: 'restart', phase: 'preparing', why });
    const again = take({ from: life, event, ledger: after, turn }).instance.ledger;
    expect(again.lastReload).toBe(after.lastReload);
  });
});

describe('what follows a stop', () => {
  const thenOf = (life: Life): Afterwards | undefined => ('then' in life ? life.then : undefined);
  it.each(['stopping', 'clearing'] as const)('%s: the last wish counts', (kind) => {
    const stopped = take({ from: lives[kind], event: { kind: 'stop', how: 'graceful' } }).instance.life;
    expect(thenOf(stopped)).toBe('rest');
    const started = take({ from: stopped, event: { kind: 'start' } }).instance.life;
    expect(thenOf(started)).toBe('restart');
    expect(thenOf(take({ from: started, event: { kind: 'stop', how: 'graceful' } }).instance.life)).toBe('rest');
  });
});
