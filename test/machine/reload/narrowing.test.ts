import { describe, expect, it } from 'vitest';
import { letGo, narrow, surplus } from '../../../src/machine/reload/narrowing.ts';
import type { Handover } from '../../../src/machine/reload/state.ts';
import type { ProcessInfo } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  describeEffect,
  fresh,
  newMaster,
  newProcesses,
  now,
  ref,
  reloads,
  sampleTurn,
  seenMaster,
  seenWorker,
} from '../sample.ts';

const unready: Partial<ProcessInfo> = { catches: ['SIGQUIT'] };
const master = seenMaster(newMaster, 100, 'new');
const worker = (pid: number, changes: Partial<ProcessInfo> = {}) => ({
  ...seenWorker(pid, newMaster, 'new'),
  ...changes,
});
const [first, second, third] = [worker(201), worker(202), worker(203)];

type Narrowing = Extract<Handover, { kind: 'narrowing' }>;
const untold: Narrowing = { kind: 'narrowing', leaving: [], toldAt: undefined, steadySince: undefined };
const proving = (handover: Handover, workers: readonly number[] = [201, 202, 203]) => ({
  ...{ ...reloads.proving, handover },
  fresh: { ...fresh, workers: workers.map(ref) },
});

function narrowed(
  handover: Handover,
  processes: readonly ProcessInfo[],
  server = profiles.unicorn,
  workers?: readonly number[],
) {
  const { effects, handover: next } = narrow(sampleTurn({ server }), proving(handover, workers), processes);
  return { effects: effects.map(describeEffect), next };
}

describe('a new generation that has more workers than one', () => {
  it('is told to take the youngest away, which is stopped if it loads the application', () => {
    const { effects, next } = narrowed(untold, [master, first, second, worker(203, unready)]);
    expect(effects).toEqual(['signal 200 SIGTTOU', 'signal 203 SIGSTOP']);
    expect(next).toEqual({ kind: 'narrowing', leaving: [ref(203)], toldAt: now, steadySince: now });
  });

  it('or the oldest, where its master takes that', () => {
    const server = { ...profiles.unicorn, scale: profiles.gunicorn.scale };
    expect(narrowed(untold, [master, first, second], server).next).toMatchObject({ leaving: [ref(201)] });
  });

  const told = { ...untold, leaving: [ref(203)], toldAt: now - 99 };
  it.each([
    { what: 'waits for the one that was told', handover: told, processes: [master, first, second, third], effects: [] },
    {
      what: 'takes the next after a while',
      handover: { ...told, toldAt: now - 100 },
      processes: [master, first, second, third],
      effects: ['signal 200 SIGTTOU'],
    },
    {
      what: 'takes the next as soon as it has gone',
      handover: told,
      processes: [master, first, second],
      effects: ['signal 200 SIGTTOU'],
    },
    {
      what: 'kills one that was stopped in time',
      handover: told,
      processes: [master, first, second, worker(203, { ...unready, state: 'T' })],
      effects: ['signal 203 SIGKILL'],
    },
    {
      what: 'lets one go on that was stopped too late',
      handover: told,
      processes: [master, first, second, worker(203, { state: 'T' })],
      effects: ['signal 203 SIGCONT'],
    },
    { what: 'leaves the last alone', handover: told, processes: [master, first], effects: [] },
    {
      what: 'says nothing to a master that has not set its handlers',
      handover: untold,
      processes: [{ ...master, title: 'ruby unicorn' }, first, second],
      effects: [],
    },
    { what: 'says nothing to one that has gone', handover: untold, processes: [first, second], effects: [] },
    {
      what: 'says nothing where all come together',
      handover: { kind: 'together' } as const,
      processes: newProcesses,
      effects: [],
    },
  ])('$what', ({ handover, processes, effects }) => {
    expect(narrowed(handover, processes).effects).toEqual(effects);
  });

  it('has one again after it was told once too often', () => {
    const since = { ...untold, steadySince: now - 1_000 };
    expect(narrowed(since, [master], profiles.unicorn, []).effects).toEqual(['signal 200 SIGTTIN']);
    expect(narrowed({ ...since, toldAt: now - 999 }, [master], profiles.unicorn, []).effects).toEqual([]);
    expect(narrowed({ ...since, steadySince: now - 999 }, [master], profiles.unicorn, []).effects).toEqual([]);
  });
});

describe('what is too much', () => {
  const since = (steadySince: number): Handover => ({ ...untold, steadySince });
  it.each([
    { handover: since(0), workers: [first, second], lacks: '2 workers run, and one is to be left' },
    { handover: since(now - 499), workers: [first], lacks: 'its master may still start workers' },
    { handover: since(now - 500), workers: [first], lacks: '' },
    { handover: since(0), workers: [], lacks: '' },
    { handover: { kind: 'together' } as const, workers: [first, second], lacks: '' },
  ])('is "$lacks"', ({ handover, workers, lacks }) => {
    expect(surplus(sampleTurn(), proving(handover), workers)).toBe(lacks);
  });
});

it('lets those go on that it has stopped, when it comes to nothing', () => {
  expect(letGo({ ...untold, leaving: [ref(202), ref(203)] }).map(describeEffect)).toEqual([
    'signal 202 SIGCONT',
    'signal 203 SIGCONT',
  ]);
  expect(letGo({ kind: 'together' })).toEqual([]);
});
