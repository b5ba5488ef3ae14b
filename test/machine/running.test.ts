import { describe, expect, it } from 'vitest';
import { newMaster, now, oldMaster, passed, r1, r2, refused, running, generation, sampleHealth } from './sample.ts';
import { itSteps, take } from './table.ts';

const died = { kind: 'signaled', signal: 'SIGSEGV' } as const;
const plainServer = {
  server: 'none',
  reload: { strategy: 'none', timeoutMs: 1, soakMs: 1, drainMs: 1, on: 'request' },
} as const;

describe('a generation that serves', () => {
  itSteps([
    {
      from: running,
      event: { kind: 'stop', how: 'graceful' },
      to: 'stopping',
      effects: ['signal main SIGQUIT', 'timer stop 12000'],
    },
    {
      from: running,
      event: { kind: 'stop', how: 'quick' },
      to: 'stopping',
      effects: ['signal main SIGTERM', 'timer stop 12000'],
    },
    { from: running, event: { kind: 'restart' }, to: 'stopping', effects: ['signal main SIGQUIT', 'timer stop 12000'] },
    {
      from: running,
      event: { kind: 'reload' },
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
    },
    {
      from: running,
      event: { kind: 'reload' },
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      spec: { prepare: ['configure'] },
      when: 'where a hook prepares it',
    },
    {
      from: running,
      event: { kind: 'reload' },
      to: 'running',
      effects: [],
      spec: plainServer,
      when: 'where the server cannot reload',
    },
    { from: running, event: { kind: 'forward', signal: 'SIGTTIN' }, to: 'running', effects: ['pass-on 100 SIGTTIN'] },
    {
      from: running,
      event: { kind: 'main-ended', process: oldMaster, outcome: died },
      to: 'searching',
      effects: ['look', 'timer step 12000'],
    },
    {
      from: running,
      event: { kind: 'main-ended', process: oldMaster, outcome: died },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
      spec: plainServer,
      when: 'where the server cannot replace itself',
    },
    {
      from: running,
      event: { kind: 'main-ended', process: newMaster, outcome: died },
      to: 'running',
      effects: [],
      when: 'which is not its main process',
    },
    { from: running, event: { kind: 'emptied' }, to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
    { from: running, event: { kind: 'shim-lost' }, to: 'backoff', effects: ['timer backoff 10050'] },
    {
      from: running,
      event: { kind: 'timer-fired', generation: generation(1), timer: 'health' },
      to: 'running',
      effects: ['probe health ×1, 0 frozen'],
    },
    {
      from: running,
      event: { kind: 'timer-fired', generation: generation(0), timer: 'health' },
      to: 'running',
      effects: [],
      when: "an earlier generation's timer",
    },
    {
      from: running,
      event: { kind: 'probed', generation: generation(1), purpose: 'health', verdict: passed },
      to: 'running',
      effects: ['timer health 12000'],
    },
    { from: running, event: { kind: 'start' }, to: 'running', effects: [] },
  ]);

  it('is unhealthy after as many failures in a row as are configured', () => {
    const event = { kind: 'probed', generation: generation(1), purpose: 'health', verdict: refused } as const;
    const once = take({ from: running, event });
    expect(once.instance.life).toMatchObject({ health: { kind: 'healthy', failures: 1 } });
    const twice = take({ from: once.instance.life, event });
    expect(twice.instance.life).toMatchObject({ health: { kind: 'unhealthy', problem: 'answered 500' } });
  });
});

describe('a generation that serves follows up', () => {
  const changed = { kind: 'revision-changed' } as const;
  const toR2 = { revision: r2 };
  itSteps([
    {
      from: running,
      event: changed,
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      turn: toR2,
      when: 'to another revision',
    },
    { from: running, event: changed, to: 'running', effects: [], turn: { revision: r1 }, when: 'to its own revision' },
    { from: running, event: changed, to: 'running', effects: [], turn: { revision: undefined }, when: 'to none' },
    {
      from: running,
      event: changed,
      to: 'running',
      effects: [],
      turn: toR2,
      ledger: { refused: r2 },
      when: 'to one that was refused',
    },
    {
      from: running,
      event: changed,
      to: 'running',
      effects: [],
      turn: toR2,
      spec: { reload: { strategy: 'reexec', timeoutMs: 1, soakMs: 1, drainMs: 1, on: 'request' } },
      when: 'where only a request reloads',
    },
    {
      from: running,
      event: { kind: 'forward', signal: 'SIGTTIN' },
      to: 'reloading/preparing',
      effects: ['pass-on 100 SIGTTIN', 'timer deadline 16000', 'prepare within 6000'],
      ledger: { reloadAsked: true },
      when: 'a reload that was asked for in the meantime',
    },
  ]);

  it('an operator forces a revision that was refused', () => {
    const step = take({ from: running, event: { kind: 'reload' }, turn: toR2, ledger: { refused: r2 } });
    expect(step.instance.life).toMatchObject({
      reload: { phase: 'preparing', trigger: 'operator', target: { number: 2, revision: r2 }, requestedAt: now },
    });
    expect(step.instance.ledger.newest).toBe(2);
  });

  it('asks for no health where none is configured', () => {
    const event = { kind: 'timer-fired', generation: generation(1), timer: 'health' } as const;
    expect(take({ from: running, event, spec: { health: undefined } }).effects).toEqual([]);
    expect(take({ from: running, event, spec: { health: sampleHealth } }).effects).toHaveLength(1);
  });
});
