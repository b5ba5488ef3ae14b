import { describe, expect, it } from 'vitest';
import { tryEveryMs } from '../../../src/machine/reload/trying.ts';
import type { Life } from '../../../src/machine/life.ts';
import type { InPhase } from '../../../src/machine/reload/state.ts';
import type { InstanceEvent } from '../../../src/model/event.ts';
import type { Verdict } from '../../../src/model/probe.ts';
import type { ProcessRef } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  describeEffect,
  generation,
  lives,
  newMaster,
  newProcesses,
  now,
  oldMaster,
  passed,
  r1,
  r2,
  ref,
  refused,
  reloadingIn,
  reloads,
  sampleSpec,
  servedBy,
  shim,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const trial = { command: ['unicorn', '-c', 'app.rb'], env: {}, port: undefined, holdMs: 700 } as const;
const tried = { reload: { ...sampleSpec().reload, trial } };
const trying = (changes: Partial<InPhase<'trying'>> = {}) => reloadingIn({ ...reloads.trying, ...changes });
const pausing = trying();
const asking = trying({ step: 'asking' });
const holding = trying({ step: 'holding' });
const askingLast = trying({ step: 'asking-last' });
const ending = trying({ step: 'ending' });
const condemned = trying({ step: 'ending', problem: 'exited with 1' });

const of = { generation: generation(2) } as const;
const timer = { kind: 'timer-fired', ...of, timer: 'step' } as const;
const deadline = { ...timer, timer: 'deadline' } as const;
const probed = (verdict: Verdict, purpose: 'trial' | 'health' = 'trial') =>
  ({ kind: 'probed', ...of, purpose, verdict }) as const;
const looked = (processes: typeof newProcesses, main: ProcessRef | undefined = newMaster) =>
  ({ kind: 'trial-looked', ...of, main, processes }) as const;
const isEnded = { kind: 'trial-ended', ...of, problem: 'exited with 1' } as const;
const over = { kind: 'trial-over', ...of } as const;

const begin = ['timer deadline 16000', 'start-trial', 'timer step 10000', 'look-at-trial'];
const end = ['end-trial graceful', 'timer step 12000'];
const endedAt = (problem: string) => ({ reload: { phase: 'trying', step: 'ending', problem } });

describe('a trial', () => {
  itSteps([
    {
      from: reloadingIn({ ...reloads.preparing, step: 'hook' }),
      event: { kind: 'prepared', ...of, problem: '' },
      to: 'reloading/trying',
      effects: begin,
      spec: tried,
    },
    { from: pausing, event: timer, to: 'reloading/trying', effects: ['probe trial ×1, 0 frozen'], spec: tried },
    { from: asking, event: timer, to: 'reloading/trying', effects: [] },
    { from: holding, event: timer, to: 'reloading/trying', effects: ['probe trial ×2, 0 frozen'] },
    { from: askingLast, event: timer, to: 'reloading/trying', effects: [] },
    {
      from: ending,
      event: timer,
      to: 'reloading/trying',
      effects: ['end-trial kill', 'timer step 11000'],
      when: 'as it does not go',
    },
    { from: pausing, event: { ...timer, timer: 'look' }, to: 'reloading/trying', effects: ['look-at-trial'] },
    { from: pausing, event: { ...timer, timer: 'health' }, to: 'reloading/trying', effects: [] },
    { from: pausing, event: deadline, to: 'reloading/trying', effects: end },
    { from: askingLast, event: deadline, to: 'reloading/trying', effects: end },
    { from: ending, event: deadline, to: 'reloading/trying', effects: [], when: 'being told to go already' },
  ]);

  itSteps([
    { from: asking, event: probed(passed), to: 'reloading/trying', effects: ['timer step 10700'], spec: tried },
    { from: asking, event: probed(refused), to: 'reloading/trying', effects: end },
    { from: asking, event: probed(silent), to: 'reloading/trying', effects: ['timer step 10250'] },
    { from: askingLast, event: probed(passed), to: 'reloading/trying', effects: end },
    { from: askingLast, event: probed(refused), to: 'reloading/trying', effects: end },
    { from: askingLast, event: probed(silent), to: 'reloading/trying', effects: end },
    { from: pausing, event: probed(refused), to: 'reloading/trying', effects: [], when: 'unasked' },
    { from: holding, event: probed(refused), to: 'reloading/trying', effects: [], when: 'unasked' },
    { from: ending, event: probed(refused), to: 'reloading/trying', effects: [], when: 'too late' },
    { from: asking, event: probed(refused, 'health'), to: 'reloading/trying', effects: [], when: 'of the service' },
  ]);

  itSteps([
    { from: asking, event: isEnded, to: 'reloading/trying', effects: end },
    { from: ending, event: isEnded, to: 'reloading/trying', effects: [], when: 'being told to' },
    { from: pausing, event: looked(newProcesses), to: 'reloading/trying', effects: ['timer look 10025'] },
    { from: ending, event: looked(newProcesses), to: 'reloading/trying', effects: [] },
    { from: pausing, event: over, to: 'reloading/trying', effects: [], when: 'of one before it' },
    {
      from: ending,
      event: over,
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'look', 'end-trial kill'],
      when: 'well',
    },
    {
      from: condemned,
      event: over,
      to: 'running',
      effects: ['timer health 12000', 'end-trial kill'],
      turn: { revision: r2 },
      when: 'badly',
    },
    { from: pausing, event: { kind: 'process-gone', process: ref(999) }, to: 'reloading/trying', effects: [] },
    { from: pausing, event: { kind: 'looked', ...of, processes: [] }, to: 'reloading/trying', effects: [] },
    { from: pausing, event: { kind: 'reload-ran', ...of, problem: '' }, to: 'reloading/trying', effects: [] },
    { from: pausing, event: { kind: 'prepared', ...of, problem: '' }, to: 'reloading/trying', effects: [] },
    { from: pausing, event: { ...over, generation: generation(1) }, to: 'reloading/trying', effects: [] },
  ]);

  it('goes from question to question until it has answered, and has then to go on answering', () => {
    const steps: readonly [InstanceEvent, string][] = [
      [timer, 'asking'],
      [probed(silent), 'pausing'],
      [timer, 'asking'],
      [probed(passed), 'holding'],
      [timer, 'asking-last'],
      [probed(passed), 'ending'],
    ];
    let { life } = take({ from: pausing, event: timer, spec: tried }).instance;
    for (const [event, step] of steps.slice(1)) {
      ({ life } = take({ from: life, event, spec: tried }).instance);
      expect(life).toMatchObject({ reload: { phase: 'trying', step, problem: '' } });
    }
  });

  it('is asked what the service is asked, with its patience and for the revision of now', () => {
    const [probe] = take({ from: pausing, event: timer, spec: tried, turn: { revision: r2 } }).effects;
    expect(probe).toMatchObject({ probe: sampleSpec().health?.probe, timeoutMs: 300, revision: r2, master: undefined });
  });

  it.each([
    { event: deadline, problem: 'did not answer in time' },
    { event: isEnded, problem: 'exited with 1' },
    { event: probed(refused), problem: 'answered 500' },
    { event: probed(silent), problem: 'fell silent: no answer within 250 ms' },
    { event: probed(passed), problem: '' },
  ])('remembers "$problem" until nothing is left of it', ({ event, problem }) => {
    expect(take({ from: askingLast, event }).instance.life).toMatchObject(endedAt(problem));
  });

  it('is asked again soon while it boots', () => {
    const [effect] = take({ from: asking, event: probed(silent) }).effects;
    expect(effect).toMatchObject({ kind: 'timer', at: now + tryEveryMs });
  });
});

describe('the workers of a trial', () => {
  const workers = [ref(201), ref(202)];

  it('are known by the main process that it has, and their deaths are counted', () => {
    const first = take({ from: pausing, event: looked(newProcesses) }).instance.life;
    expect(first).toMatchObject({ reload: { workers, deaths: 0 } });
    const second = take({ from: first, event: looked(newProcesses.slice(0, 2)) }).instance.life;
    expect(second).toMatchObject({ reload: { workers: workers.slice(0, 1), deaths: 1 } });
    const third = take({ from: second, event: { ...looked([]), main: undefined } }).instance.life;
    expect(third).toMatchObject({ reload: { step: 'pausing', workers: [], deaths: 2 } });
  });

  it('that are the same are no news', () => {
    const from = trying({ workers });
    expect(take({ from, event: looked(newProcesses) }).instance.life).toBe(from);
  });

  const dying = { from: trying({ workers: [ref(203)], deaths: 2 }), event: looked(newProcesses) };

  it('condemn it when three of them have ended', () => {
    const { instance, effects } = take(dying);
    expect(instance.life).toMatchObject(endedAt('has lost 3 workers'));
    expect(effects.map(describeEffect)).toEqual(end);
  });

  it('condemn it by one end once it has answered: no request can have ended it', () => {
    const asking = trying({ step: 'asking', workers: [ref(203)], deaths: 2 });
    const answered = take({ from: asking, event: probed(passed) }).instance.life;
    expect(answered).toMatchObject({ reload: { step: 'holding', deaths: 0 } });
    const { life } = take({ from: answered, event: looked(newProcesses) }).instance;
    expect(life).toMatchObject(endedAt('has lost 1 worker'));
  });

  it.each(['php-fpm', 'none'] as const)('come and go as they please where %s is served', (name) => {
    const { life } = take({ ...dying, spec: servedBy(profiles[name]) }).instance;
    expect(life).toMatchObject({ reload: { step: 'pausing', problem: '' } });
  });
});

describe('the end of a trial', () => {
  it('that was well goes on to the signal, with nothing of the trial in the plan', () => {
    const { life } = take({ from: ending, event: over }).instance;
    expect(life).toMatchObject({ reload: { phase: 'preparing', step: 'looking' } });
    expect(life).not.toHaveProperty('reload.problem');
    expect(life).toHaveProperty('reload.timeline', [
      ...reloads.trying.timeline,
      { phase: 'preparing', afterMs: 1_000 },
    ]);
  });

  it('that was bad leaves the old generation as it was, and refuses the revision', () => {
    const { life, ledger } = take({ from: condemned, event: over, turn: { revision: r2 } }).instance;
    expect(life).toMatchObject({ kind: 'running', serving: { number: 1, main: oldMaster } });
    expect(ledger.lastReload).toMatchObject({
      ...{ outcome: 'rolled-back', phase: 'trying', why: 'the trial exited with 1', exposureMs: 0 },
    });
    expect(ledger.refused).toMatchObject({ revision: r2 });
  });

  describe('that was bad', () => {
    const retried = { ...tried, reload: { ...tried.reload, retry: { times: 1, afterMs: 30_000 } } };
    const refusedAfter = (from: Life, event: InstanceEvent) => {
      const turn = { revision: r2 };
      const condemned = take({ from, event, spec: retried, turn }).instance.life;
      return take({ from: condemned, event: over, spec: retried, turn }).instance.ledger.refused;
    };

    it.each([
      { from: pausing, when: 'that never answered' },
      { from: asking, when: 'that is being asked' },
      { from: holding, when: 'whose time was over before it had answered for long enough' },
    ])('comes back when it was late: one $when', ({ from }) => {
      expect(refusedAfter(from, deadline)).toMatchObject({ revision: r2, againAt: now + 30_000 });
    });

    it.each([
      { from: asking, event: probed(refused), when: 'answered wrongly' },
      { from: asking, event: isEnded, when: 'has ended' },
      { from: askingLast, event: probed(silent), when: 'fell silent after it had answered' },
      { from: trying({ deaths: 1 }), event: deadline, when: 'was late, having lost a worker' },
      { from: trying({ workers: [ref(203)], deaths: 2 }), event: looked([]), when: 'has lost its workers' },
    ])('does not come back when it $when', ({ from, event }) => {
      expect(refusedAfter(from, event)).toMatchObject({ revision: r2, againAt: undefined });
    });

    it('comes back also where a new supervisor sees its end', () => {
      const { life } = take({ from: pausing, event: deadline, spec: retried }).instance;
      const found = { kind: 'shim-found', shim, main: { kind: 'running', process: oldMaster }, empty: false } as const;
      const was = { ...lives.adopting, was: life };
      const taken = take({ from: was, event: found, spec: retried, ledger: { newest: 2 } }).instance.life;
      const { ledger } = take({ from: taken, event: over, spec: retried, turn: { revision: r2 } }).instance;
      expect(ledger.refused).toMatchObject({ revision: r2, againAt: now + 30_000 });
    });
  });

  const stop = ['signal main SIGQUIT', 'timer stop 12000'];
  itSteps([
    { from: holding, event: { kind: 'stop', how: 'graceful' }, to: 'stopping', effects: [...stop, 'end-trial kill'] },
    { from: holding, event: { kind: 'restart' }, to: 'stopping', effects: [...stop, 'end-trial kill'] },
    {
      from: ending,
      event: { kind: 'stop', how: 'quick' },
      to: 'stopping',
      effects: ['signal main SIGTERM', 'timer stop 12000', 'end-trial kill'],
    },
    {
      from: holding,
      event: { kind: 'shim-lost', left: [] },
      to: 'backoff',
      effects: ['timer backoff 10050', 'end-trial kill'],
    },
    { from: holding, event: { kind: 'reload', force: false }, to: 'reloading/trying', effects: [] },
    {
      from: holding,
      event: { kind: 'forward', signal: 'SIGUSR1' },
      to: 'reloading/trying',
      effects: ['pass-on 100 SIGUSR1'],
    },
  ]);

  it('comes with that of the main process, whatever follows', () => {
    const event = { kind: 'main-ended', process: oldMaster, outcome: { kind: 'exited', code: 3 } } as const;
    const { instance, effects } = take({ from: holding, event });
    expect(instance.life.kind).not.toBe('reloading');
    expect(effects.map(describeEffect).at(-1)).toBe('end-trial kill');
  });
});

describe('a trial that a new supervisor finds under way', () => {
  const was = (reload: ReturnType<typeof trying>) => ({ ...lives.adopting, was: reload });
  const event = { kind: 'shim-found', shim, main: { kind: 'running', process: oldMaster }, empty: false } as const;
  const ledger = { newest: 2 };

  itSteps([
    { from: was(asking), event, to: 'reloading/trying', effects: begin, spec: tried, ledger, when: 'asking' },
    { from: was(holding), event, to: 'reloading/trying', effects: begin, spec: tried, ledger, when: 'holding' },
    { from: was(condemned), event, to: 'reloading/trying', effects: end, spec: tried, ledger, when: 'ending' },
  ]);

  it('begins anew, with nothing known of it', () => {
    const from = was(trying({ step: 'asking-last', workers: [ref(201)], deaths: 2 }));
    expect(take({ from, event, spec: tried, ledger }).instance.life).toMatchObject({
      reload: { phase: 'trying', step: 'pausing', workers: [], deaths: 0 },
    });
  });

  it('has stood the test where none is configured any more', () => {
    const { life } = take({ from: was(asking), event, ledger, turn: { revision: r1 } }).instance;
    const { instance, effects } = take({ from: life, event: timer, ledger });
    expect(instance.life).toMatchObject(endedAt(''));
    expect(effects.map(describeEffect)).toEqual(end);
  });

  it('keeps what speaks against it', () => {
    const { life } = take({ from: was(condemned), event, spec: tried, ledger }).instance;
    expect(life).toMatchObject(endedAt('exited with 1'));
  });
});
