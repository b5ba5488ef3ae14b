import { describe, expect, it } from 'vitest';
import { newInstance, stepInstance } from '../../src/machine/instance.ts';
import type { Life } from '../../src/machine/life.ts';
import type { InstanceEvent } from '../../src/model/event.ts';
import type { Verdict } from '../../src/model/probe.ts';
import type { TimerName } from '../../src/model/effect.ts';
import {
  generation,
  lives,
  newMaster,
  newProcesses,
  oldMaster,
  oldProcesses,
  passed,
  ref,
  refused,
  reloadingIn,
  reloads,
  sampleInstance,
  sampleTurn,
  shim,
  silent,
} from './sample.ts';

const everyLife: readonly Life[] = [...Object.values(lives), ...Object.values(reloads).map(reloadingIn)];
const outcome = { kind: 'exited', code: 3 } as const;
const timers: readonly TimerName[] = ['stop', 'backoff', 'health', 'look', 'deadline', 'step', 'retry'];
const verdicts: readonly Verdict[] = [passed, refused, silent];

const eventsFor = (number: number): readonly InstanceEvent[] => [
  { kind: 'start' },
  { kind: 'stop', how: 'graceful' },
  { kind: 'stop', how: 'quick' },
  { kind: 'restart' },
  { kind: 'reload', force: false },
  { kind: 'reload', force: true },
  { kind: 'forward', signal: 'SIGTTIN' },
  { kind: 'revision-changed' },
  { kind: 'shim-found', shim, main: { kind: 'running', process: oldMaster }, empty: false },
  { kind: 'shim-found', shim, main: { kind: 'ended', process: undefined, outcome }, empty: true },
  { kind: 'shim-absent', left: [] },
  { kind: 'shim-failed', problem: 'ENOENT', left: [] },
  { kind: 'shim-lost', left: [] },
  { kind: 'shim-lost', left: [oldMaster, ref(101)] },
  { kind: 'shim-absent', left: [oldMaster] },
  { kind: 'shim-failed', problem: 'ENOENT', left: [oldMaster] },
  { kind: 'orphans-found', generation: generation(number), left: [] },
  { kind: 'orphans-found', generation: generation(number), left: [ref(101)] },
  { kind: 'main-ended', process: oldMaster, outcome },
  { kind: 'main-ended', process: newMaster, outcome },
  { kind: 'main-ended', process: undefined, outcome },
  { kind: 'main-succeeded', process: newMaster },
  { kind: 'main-succeeded', process: ref(999) },
  { kind: 'process-gone', process: newMaster },
  { kind: 'process-gone', process: ref(999) },
  { kind: 'emptied' },
  { kind: 'looked', generation: generation(number), processes: [] },
  { kind: 'looked', generation: generation(number), processes: oldProcesses },
  { kind: 'looked', generation: generation(number), processes: [...oldProcesses, ...newProcesses] },
  ...timers.map((timer) => ({ kind: 'timer-fired', generation: generation(number), timer }) as const),
  ...verdicts.flatMap((verdict) =>
    (['health', 'proof'] as const).map(
      (purpose) => ({ kind: 'probed', generation: generation(number), purpose, verdict }) as const,
    ),
  ),
  ...(['prepared', 'reload-ran'] as const).flatMap((kind) =>
    ['', 'no'].map((problem) => ({ kind, generation: generation(number), problem }) as const),
  ),
];

describe('the machine of one instance', () => {
  it.each([
    { what: 'with health checks', turn: sampleTurn() },
    { what: 'without any', turn: sampleTurn({ health: undefined, prepare: ['configure'] }) },
  ])('answers every event in every state, $what, and unchanged means the same object', ({ turn }) => {
    for (const life of everyLife) {
      const instance = sampleInstance(life);
      for (const event of eventsFor(instance.ledger.newest)) {
        const step = stepInstance(turn, instance, event);
        const again = stepInstance(turn, instance, event);
        expect(again).toEqual(step);
        if (step.instance !== instance) expect(step.instance, `${life.kind} + ${event.kind}`).not.toEqual(instance);
      }
    }
  });

  it('drops news about a predecessor, whatever the state', () => {
    const late = eventsFor(0).filter((event) => 'generation' in event);
    for (const life of everyLife) {
      const instance = sampleInstance(life);
      for (const event of late) expect(stepInstance(sampleTurn(), instance, event)).toEqual({ instance, effects: [] });
    }
  });

  it('begins by asking what an earlier supervisor left', () => {
    const { ledger, life } = newInstance('web', 2);
    expect([life, ledger.newest]).toEqual([{ ...lives.adopting, was: undefined }, 0]);
    const journalled = { ledger: { ...ledger, newest: 4 }, life: lives.down, era: 'earlier' } as const;
    expect(newInstance('web', 2, journalled)).toMatchObject({
      ...{ id: 'web.2', service: 'web', number: 2, ledger: { newest: 4 } },
      life: { kind: 'adopting', was: lives.down, era: 'earlier' },
    });
  });
});
