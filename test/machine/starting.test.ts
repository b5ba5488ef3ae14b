import { describe, expect, it } from 'vitest';
import type { MainFact } from '../../src/model/event.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { lives, oldMaster, planFor, r1, r2, servedBy, shim } from './sample.ts';
import { itSteps, take } from './table.ts';

const { starting } = lives;
const stopped = { ...starting, wish: 'graceful' } as const;
const running: MainFact = { kind: 'running', process: oldMaster };
const ended: MainFact = { kind: 'ended', process: oldMaster, outcome: { kind: 'exited', code: 3 } };
const found = (main: MainFact, empty = false) => ({ kind: 'shim-found', shim, main, empty }) as const;

describe('an instance whose shim is being started', () => {
  itSteps([
    { from: starting, event: found(running), to: 'running', effects: ['timer health 10500'] },
    {
      from: starting,
      event: found(running),
      to: 'running',
      effects: [],
      spec: { health: undefined },
      when: 'unprobed',
    },
    {
      from: stopped,
      event: found(running),
      to: 'stopping',
      effects: ['signal main SIGQUIT', 'timer stop 12000'],
      when: 'a stop having been asked for',
    },
    {
      from: { ...starting, wish: 'quick' },
      event: found(running),
      to: 'stopping',
      effects: ['signal main SIGTERM', 'timer stop 12000'],
      when: 'a quick one having been asked for',
    },
    { from: starting, event: found(ended, true), to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
    { from: starting, event: found(ended), to: 'clearing', effects: ['signal all SIGTERM', 'timer stop 12000'] },
    {
      from: stopped,
      event: found(ended, true),
      to: 'down',
      effects: ['end-shim'],
      when: 'a stop having been asked for',
    },
    {
      from: starting,
      event: { kind: 'shim-failed', problem: 'ENOENT', left: [] },
      to: 'backoff',
      effects: ['timer backoff 10050'],
    },
    {
      from: stopped,
      event: { kind: 'shim-failed', problem: 'ENOENT', left: [] },
      to: 'down',
      effects: [],
      when: 'a stop having been asked for',
    },
    { from: starting, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
    {
      from: stopped,
      event: { kind: 'shim-lost', left: [] },
      to: 'down',
      effects: [],
      when: 'a stop having been asked for',
    },
    { from: starting, event: { kind: 'stop', how: 'graceful' }, to: 'starting', effects: [] },
    { from: stopped, event: { kind: 'start' }, to: 'starting', effects: [] },
    { from: stopped, event: { kind: 'restart' }, to: 'starting', effects: [] },
  ]);

  it('remembers a stop, and forgets it when it is told to start again', () => {
    const asked = take({ from: starting, event: { kind: 'stop', how: 'quick' } });
    expect(asked.instance.life).toEqual({ ...starting, wish: 'quick' });
    expect(take({ from: asked.instance.life, event: { kind: 'start' } }).instance.life).toEqual(starting);
  });

  it('serves as the generation that it was started as', () => {
    const { life } = take({ from: starting, event: found(running) }).instance;
    expect(life).toMatchObject({ shim, serving: { number: 1, revision: r1, main: oldMaster, startedAt: 1 } });
  });
});

describe('an instance that is started for a reload', () => {
  const plan = planFor('restart');
  const reloading = { ...starting, number: 2, revision: r2, plan } as const;
  const of = { ledger: { newest: 2 }, spec: servedBy(profiles.unicorn, 'restart'), turn: { revision: r2 } };

  itSteps([
    {
      ...of,
      from: reloading,
      event: found(running),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 100', 'timer step 11000', 'look'],
    },
    {
      ...of,
      from: reloading,
      event: found(ended, true),
      to: 'backoff',
      effects: ['end-shim', 'timer backoff 10050'],
    },
    {
      ...of,
      from: reloading,
      event: found(ended),
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    {
      ...of,
      from: reloading,
      event: { kind: 'shim-failed', problem: 'ENOENT', left: [] },
      to: 'backoff',
      effects: ['timer backoff 10050'],
    },
    { ...of, from: reloading, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
    { ...of, from: reloading, event: { kind: 'stop', how: 'graceful' }, to: 'starting', effects: [] },
    { ...of, from: reloading, event: { kind: 'restart' }, to: 'starting', effects: [] },
  ]);

  it('serves as the generation that was asked for', () => {
    const { life } = take({ ...of, from: reloading, event: found(running) }).instance;
    expect(life).toMatchObject({
      ...{ shim, serving: { number: 2, revision: r2, main: oldMaster, startedAt: 1 } },
      reload: { phase: 'proving', strategy: 'restart', from: plan.from, target: plan.target },
    });
  });

  it.each([
    { event: found(ended, true), why: 'the new generation exited with 3' },
    { event: found(ended), why: 'the new generation exited with 3' },
    {
      event: { kind: 'shim-failed', problem: 'ENOENT', left: [] },
      why: 'the new generation could not be started (ENOENT)',
    },
    { event: { kind: 'shim-lost', left: [] }, why: 'the new generation ended unseen' },
    { event: { kind: 'stop', how: 'quick' }, why: 'an operator stopped it' },
  ] as const)('and never serves ends the reload: $why', ({ event, why }) => {
    const { ledger } = take({ ...of, from: reloading, event }).instance;
    expect(ledger.lastReload).toMatchObject({ outcome: 'failed', to: { generation: 2, revision: r2 }, why });
  });

  it('and is to be stopped leaves the reload one record, whatever follows', () => {
    const stop = { kind: 'stop', how: 'graceful' } as const;
    const asked = take({ ...of, from: reloading, event: stop }).instance;
    expect(asked.life).toMatchObject({ wish: 'graceful', plan: undefined });
    for (const event of [found(running), found(ended, true), { kind: 'shim-lost', left: [] } as const, stop]) {
      const { ledger } = take({ ...of, ledger: asked.ledger, from: asked.life, event }).instance;
      expect(ledger.lastReload).toBe(asked.ledger.lastReload);
    }
  });

  it('passes on what was asked for meanwhile', () => {
    const held = { ...reloading, held: ['SIGTTIN'] } as const;
    const passed = { kind: 'pass-on', process: oldMaster, signal: 'SIGTTIN' };
    expect(take({ ...of, from: held, event: found(running) }).effects).toContainEqual(expect.objectContaining(passed));
  });
});
