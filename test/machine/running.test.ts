import { describe, expect, it } from 'vitest';
import type { Refused } from '../../src/machine/life.ts';
import { stepInstance } from '../../src/machine/instance.ts';
import type { InstanceEvent } from '../../src/model/event.ts';
import type { ProcessInfo } from '../../src/model/process.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { profiles } from '../../src/servers/profiles.ts';
import {
  describeEffect,
  generation,
  newMaster,
  now,
  oldMaster,
  passed,
  r1,
  r2,
  refused,
  running,
  sampleHealth,
  sampleInstance,
  sampleSpec,
  sampleTurn,
  seenMaster,
} from './sample.ts';
import { sampleReload } from '../surfaces/sample.ts';
import { itSteps, take } from './table.ts';

const died = { kind: 'signaled', signal: 'SIGSEGV' } as const;
const plainServer: Partial<ServiceSpec> = {
  server: profiles.none,
  reload: { ...sampleSpec().reload, strategy: 'none', on: 'request' },
};
const refusal: Refused = { revision: r2, why: 'it was bad', tries: 1, againAt: undefined };

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
      event: { kind: 'reload', force: false },
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
    },
    {
      from: running,
      event: { kind: 'reload', force: false },
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      spec: { prepare: ['configure'] },
      when: 'where a hook prepares it',
    },
    {
      from: running,
      event: { kind: 'reload', force: false },
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
    { from: running, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
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
      ledger: { refused: refusal },
      when: 'to one that was refused',
    },
    {
      from: running,
      event: { kind: 'reload', force: false },
      to: 'running',
      effects: [],
      turn: toR2,
      ledger: { refused: refusal },
      when: 'to one that was refused, and nobody insists',
    },
    {
      from: running,
      event: { kind: 'reload', force: false },
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      turn: toR2,
      ledger: { refused: { ...refusal, revision: r1 } },
      when: 'another having been refused',
    },
    {
      from: running,
      event: changed,
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      turn: toR2,
      ledger: { refused: { ...refusal, againAt: now } },
      when: 'to one that is to be tried again by now',
    },
    {
      from: running,
      event: changed,
      to: 'running',
      effects: [],
      turn: toR2,
      spec: { reload: { ...sampleSpec().reload, on: 'request' } },
      when: 'where only a request reloads',
    },
    {
      from: running,
      event: { kind: 'forward', signal: 'SIGTTIN' },
      to: 'reloading/preparing',
      effects: ['pass-on 100 SIGTTIN', 'timer deadline 16000', 'prepare within 6000'],
      ledger: { reloadAsked: 'unforced' },
      when: 'a reload that was asked for in the meantime',
    },
  ]);

  it('an operator forces a revision that was refused', () => {
    const ledger = { refused: refusal };
    const step = take({ from: running, event: { kind: 'reload', force: true }, turn: toR2, ledger });
    expect(step.instance.life).toMatchObject({
      reload: { phase: 'preparing', trigger: 'operator', target: { number: 2, revision: r2 }, requestedAt: now },
    });
    expect(step.instance.ledger.newest).toBe(2);
  });

  it.each([
    { reloadAsked: 'unforced', refused: refusal, then: 'running' },
    { reloadAsked: 'forced', refused: refusal, then: 'reloading' },
    { reloadAsked: 'unforced', refused: undefined, then: 'reloading' },
    { reloadAsked: 'forced', refused: undefined, then: 'reloading' },
    { reloadAsked: 'unforced', refused: { ...refusal, revision: r1 }, then: 'reloading' },
  ] as const)('$reloadAsked was a reload asked for, and $refused.revision refused: $then', ({ then, ...ledger }) => {
    const event = { kind: 'forward', signal: 'SIGTTIN' } as const;
    const { instance } = take({ from: running, event, turn: toR2, ledger });
    expect(instance.life.kind).toBe(then);
    expect(instance.ledger.reloadAsked).toBe('no');
    if (then === 'reloading') expect(instance.life).toMatchObject({ reload: { trigger: 'operator' } });
  });

  it('comes back to a revision whose failure may pass when it is time, and never sooner', () => {
    const due = { ...refusal, againAt: now };
    const event = { kind: 'timer-fired', generation: generation(1), timer: 'retry' } as const;
    const life = (againAt: number | undefined) =>
      take({ from: running, event, turn: toR2, ledger: { refused: { ...due, againAt } } }).instance.life;
    expect(life(now)).toMatchObject({ kind: 'reloading', reload: { trigger: 'revision', target: { revision: r2 } } });
    expect(life(now + 1)).toBe(running);
    expect(life(undefined)).toBe(running);
  });

  it('asks for no health where none is configured', () => {
    const event = { kind: 'timer-fired', generation: generation(1), timer: 'health' } as const;
    expect(take({ from: running, event, spec: { health: undefined } }).effects).toEqual([]);
    expect(take({ from: running, event, spec: { health: sampleHealth } }).effects).toHaveLength(1);
  });
});

describe('a generation whose reload was given up before a new master came', () => {
  const startedAt = new Date(1_700_000_000_000 - 2_000).toISOString();
  const lastReload = sampleReload({ outcome: 'rolled-back', phase: 'starting', startedAt, durationMs: 2_000 });
  const instance = sampleInstance(running, { lastReload });
  const late = { ...seenMaster(newMaster, oldMaster.pid, 'new') };
  const effectsOf = (event: InstanceEvent): readonly string[] =>
    stepInstance(sampleTurn(), instance, event).effects.map(describeEffect);

  it('is looked at, and the master that has come is told to go', () => {
    const looked = (processes: readonly ProcessInfo[]) =>
      ({ kind: 'looked', generation: generation(1), processes }) as const;
    expect(effectsOf({ kind: 'timer-fired', generation: generation(1), timer: 'look' })).toEqual(['look']);
    expect(effectsOf(looked([]))).toEqual(['timer look 11000']);
    expect(effectsOf(looked([late]))).toEqual(['signal 200 SIGQUIT', 'timer look 11000']);
  });
});
