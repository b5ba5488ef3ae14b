import { describe, expect, it } from 'vitest';
import type { MainFact } from '../../src/model/event.ts';
import { lives, oldMaster, r1, shim } from './sample.ts';
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
      event: { kind: 'shim-failed', problem: 'ENOENT' },
      to: 'backoff',
      effects: ['timer backoff 10050'],
    },
    {
      from: stopped,
      event: { kind: 'shim-failed', problem: 'ENOENT' },
      to: 'down',
      effects: [],
      when: 'a stop having been asked for',
    },
    { from: starting, event: { kind: 'shim-lost' }, to: 'backoff', effects: ['timer backoff 10050'] },
    { from: stopped, event: { kind: 'shim-lost' }, to: 'down', effects: [], when: 'a stop having been asked for' },
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
