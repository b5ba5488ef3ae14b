import { describe, expect, it } from 'vitest';
import { progress } from '../../../src/machine/reload/handing-over.ts';
import type { InPhase } from '../../../src/machine/reload/state.ts';
import type { Verdict } from '../../../src/model/probe.ts';
import type { MemorySight, ProcessInfo } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  fresh,
  generation,
  newMaster,
  oldMaster,
  passed,
  ref,
  refused,
  reloadingIn,
  reloads,
  seenMaster,
  seenWorker,
  shim,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const expected = 3;
const seenOld = (...pids: readonly number[]): ProcessInfo[] => [
  seenMaster(oldMaster, shim.pid, 'old'),
  ...pids.map((pid) => seenWorker(pid, oldMaster, 'old')),
];
const seenNew = (...pids: readonly number[]): ProcessInfo[] => [
  seenMaster(newMaster, oldMaster.pid, 'new'),
  ...pids.map((pid) => seenWorker(pid, newMaster, 'new')),
];
const booting = (pid: number): ProcessInfo => ({ ...seenWorker(pid, newMaster, 'new'), catches: [] });

type HandingOver = InPhase<'handing-over'>;
const with3 = { ...reloads['handing-over'], expected, old: [ref(101), ref(102), ref(103)] };
const base = { ...with3, fresh: { ...fresh, workers: [ref(201)] } };
const before = [ref(201)];
const at = (step: 'choosing' | 'weighing' | 'waiting' | 'taking', changes: Partial<HandingOver> = {}) =>
  reloadingIn({ ...base, ...changes, step });
const withBefore = (step: 'adding' | 'asking' | 'pausing' | 'resuming', pids: readonly number[] = [201, 202]) =>
  reloadingIn({ ...base, fresh: { ...fresh, workers: pids.map(ref) }, step, before });

const looked = (processes: readonly ProcessInfo[], memory?: MemorySight) =>
  ({ kind: 'looked', generation: generation(2), processes, ...(memory && { memory }) }) as const;
const timer = (name: 'step' | 'look' | 'deadline') =>
  ({ kind: 'timer-fired', generation: generation(2), timer: name }) as const;
const probed = (verdict: Verdict) =>
  ({ kind: 'probed', generation: generation(2), purpose: 'proof', verdict }) as const;
const room = (workers: number | undefined): MemorySight => ({
  roomBytes: workers === undefined ? undefined : workers * 10,
  workerBytes: 10,
});

const here = 'reloading/handing-over';
const again = 'timer look 10025';
const quit = ['watch 200', 'signal 200 SIGQUIT', 'timer step 15000', 'look'];
const cutOff = ['watch 200', 'signal 200 SIGSTOP', 'signal 201 SIGKILL', 'signal 202 SIGKILL', 'signal 200 SIGKILL'];
const taking = { handover: { kind: 'under-way', taking: 3 } } as const;

describe('the choice of what comes next', () => {
  itSteps([
    {
      from: at('choosing'),
      event: looked([...seenOld(101, 102, 103), ...seenNew(201)]),
      to: here,
      effects: ['signal 100 SIGTTOU', again],
      when: 'with one worker too many',
    },
    {
      from: at('choosing'),
      event: looked([...seenOld(101, 102), ...seenNew(201)]),
      to: here,
      effects: ['weigh 3'],
      when: 'with as many as there were',
    },
    {
      from: at('choosing'),
      event: looked([...seenOld(101), ...seenNew(201, 202)]),
      to: here,
      effects: ['weigh 3'],
      when: 'with one old worker left',
    },
    {
      from: at('choosing'),
      event: looked([...seenOld(101), ...seenNew(201, 202, 203)]),
      to: 'reloading/soaking',
      effects: ['watch 200', 'timer step 10500', 'look'],
      when: 'with all that there were',
    },
    {
      from: at('choosing'),
      event: looked([...seenOld(101, 102, 103), ...seenNew(), booting(201)]),
      to: here,
      effects: [again],
      when: 'while a new worker that takes the place of one that ended boots',
    },
    { from: at('choosing'), event: looked([...seenOld(101, 102, 103), ...seenNew()]), to: here, effects: [again] },
  ]);
});

describe('a worker that goes', () => {
  itSteps([
    {
      from: at('taking', taking),
      event: looked([...seenOld(101, 102, 103), ...seenNew(201)]),
      to: here,
      effects: [again],
      when: 'while it has a request',
    },
    {
      from: at('taking', taking),
      event: looked([...seenOld(101, 102), ...seenNew(201)]),
      to: here,
      effects: ['weigh 3'],
      when: 'and has gone',
    },
  ]);

  it('is remembered for as long as it is to go', () => {
    const first = take({ from: at('choosing'), event: looked([...seenOld(101, 102, 103), ...seenNew(201)]) });
    expect(first.instance.life).toMatchObject({ reload: { step: 'taking', handover: { taking: 3 } } });
    const gone = take({ from: first.instance.life, event: looked([...seenOld(101, 102), ...seenNew(201)]) });
    expect(gone.instance.life).toMatchObject({ reload: { step: 'weighing', handover: { taking: undefined } } });
  });
});

describe('a worker that comes', () => {
  const two = [...seenOld(101, 102), ...seenNew(201)];
  const old = [ref(101), ref(102)];
  itSteps([
    {
      from: at('weighing'),
      event: looked(two, room(1)),
      to: here,
      effects: ['signal 200 SIGTTIN', again],
      when: 'into room',
    },
    { from: at('weighing'), event: looked(two, room(undefined)), to: here, effects: ['signal 200 SIGTTIN', again] },
    {
      from: at('weighing'),
      event: looked(two, room(0)),
      to: here,
      effects: ['signal 100 SIGTTOU', again],
      when: 'when an old one has made room',
    },
    {
      from: at('weighing'),
      event: looked([...seenOld(101), ...seenNew(201)], room(0)),
      to: here,
      effects: ['timer step 11000', again],
      when: 'when there is room, and never at the cost of a second one',
    },
    {
      from: at('weighing'),
      event: looked([...seenOld(101), ...seenNew(201, 202)], room(0)),
      to: here,
      effects: ['signal 100 SIGTTOU', again],
      when: 'when the last old one has made room',
    },
    {
      from: at('weighing'),
      event: looked([...seenOld(101), ...seenNew(201, 202)], room(0)),
      to: here,
      effects: ['timer step 11000', again],
      spec: { server: { ...profiles.unicorn, scale: profiles.gunicorn.scale } },
      when: 'when there is room, where the last old one stays',
    },
    { from: at('weighing', { old }), event: looked(two), to: here, effects: [again], when: 'before it was weighed' },
    { from: at('waiting'), event: timer('step'), to: here, effects: [] },
    { from: withBefore('adding'), event: looked(two), to: here, effects: [again], when: 'before it is there' },
    {
      from: withBefore('adding'),
      event: looked([...two, booting(202)]),
      to: here,
      effects: [again],
      when: 'before it has loaded the application',
    },
    {
      from: withBefore('adding'),
      event: looked([...seenOld(101, 102), ...seenNew(201, 202)]),
      to: here,
      effects: ['probe proof ×1, 3 frozen', again],
      when: 'and answers alone',
    },
    { from: withBefore('asking'), event: probed(passed), to: here, effects: ['look'] },
    { from: withBefore('asking'), event: probed(silent), to: here, effects: ['timer step 11000'] },
    {
      from: withBefore('asking'),
      event: probed(refused),
      to: 'reloading/rolling-back',
      effects: [...cutOff, 'timer step 15000', 'look'],
    },
    { from: withBefore('adding'), event: probed(passed), to: here, effects: [], when: 'unasked' },
    { from: withBefore('pausing'), event: timer('step'), to: here, effects: [] },
    { from: withBefore('asking'), event: timer('step'), to: here, effects: [] },
  ]);

  it('is not asked together with those that have answered before', () => {
    const step = take({ from: withBefore('adding'), event: looked([...seenOld(101, 102), ...seenNew(201, 202)]) });
    expect(step.effects[0]).toMatchObject({ frozen: [ref(101), ref(102), ref(201)] });
  });
});

describe('a supervisor that takes the phase up', () => {
  it('asks those that it does not know to have answered', () => {
    const known = take({ from: withBefore('resuming'), event: timer('step') }).instance.life;
    expect(known).toMatchObject({ reload: { step: 'adding' } });
  });

  it('goes on where all have', () => {
    const known = take({ from: withBefore('resuming', [201]), event: timer('step') }).instance.life;
    expect(known).toMatchObject({ reload: { step: 'choosing' } });
  });
});

describe('a hand-over that ends before its time', () => {
  const dying = { fresh: { ...fresh, workers: [ref(201), ref(202)], deaths: 2 } };
  itSteps([
    { from: at('choosing'), event: timer('deadline'), to: 'reloading/rolling-back', effects: quit },
    {
      from: at('choosing', dying),
      event: looked([...seenOld(101, 102), ...seenNew(201)]),
      to: 'reloading/rolling-back',
      effects: quit,
      when: 'for three of its workers have ended',
    },
    {
      from: at('choosing'),
      event: { kind: 'process-gone', process: newMaster },
      to: 'reloading/rolling-back',
      effects: ['signal 201 SIGQUIT', ...quit],
    },
    { from: at('choosing'), event: { kind: 'process-gone', process: ref(999) }, to: here, effects: [] },
    {
      from: at('choosing'),
      event: { kind: 'main-ended', process: oldMaster, outcome: { kind: 'exited', code: 1 } },
      to: 'reloading/salvaging',
      effects: ['timer deadline 16000', 'watch 200', 'name-heir 200', 'look'],
    },
    {
      from: at('choosing'),
      event: { kind: 'stop', how: 'graceful' },
      to: 'stopping',
      effects: ['signal 200 SIGQUIT', 'signal main SIGQUIT', 'timer stop 12000'],
    },
  ]);

  it('says who was there', () => {
    const counts = '1 of 3 new workers have come, and 3 old ones are left';
    expect(progress(at('choosing').reload as HandingOver)).toBe(counts);
    expect(progress(at('waiting').reload as HandingOver)).toBe(`${counts}, for there is no memory for one more`);
    const { life } = take({ from: at('choosing'), event: timer('deadline') }).instance;
    const why = `it had not taken over in time: ${counts}`;
    expect(life).toMatchObject({ reload: { why, mayPass: true, handover: { kind: 'under-way' } } });
  });

  it('looks again in the meantime', () => {
    expect(take({ from: at('taking', taking), event: timer('look') }).effects).toMatchObject([{ kind: 'look' }]);
  });
});
