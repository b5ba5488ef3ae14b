import { describe, expect, it } from 'vitest';
import {
  fresh,
  generation,
  newMaster,
  newProcesses,
  now,
  oldProcesses,
  r1,
  ref,
  reloadingIn,
  reloads,
  sampleSpec,
  seenWorker,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const seen = { old: [], deaths: 0, told: undefined };
const at = (step: 'quitting' | 'killing' | 'restoring') =>
  reloadingIn(
    step === 'restoring' ? { ...reloads['rolling-back'], step, ...seen } : { ...reloads['rolling-back'], step },
  );
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const everybody = [...oldProcesses, ...newProcesses];
const ledger = { newest: 2 };
const turn = { revision: r1 };

describe('a new generation that is taken back', () => {
  itSteps([
    { from: at('quitting'), event: looked(everybody), to: 'reloading/rolling-back', effects: ['timer look 10025'] },
    {
      from: at('killing'),
      event: looked(everybody),
      to: 'reloading/rolling-back',
      effects: ['signal 200 SIGKILL', 'signal 201 SIGKILL', 'signal 202 SIGKILL', 'timer look 10025'],
    },
    {
      from: at('quitting'),
      event: looked(oldProcesses),
      to: 'reloading/rolling-back',
      effects: ['watch 200', 'timer step 20000', 'look'],
      when: 'and has gone',
    },
    {
      from: at('quitting'),
      event: timer,
      to: 'reloading/rolling-back',
      effects: ['watch 200', 'signal 200 SIGSTOP', 'signal 200 SIGKILL', 'timer step 15000', 'look'],
      when: 'and will not go',
    },
    { from: at('killing'), event: timer, to: 'reloading/rolling-back', effects: ['timer step 11000'] },
    {
      from: reloadingIn({ ...reloads['rolling-back'], stepUntil: now + 1 }),
      event: timer,
      to: 'reloading/rolling-back',
      effects: [],
      when: 'too early',
    },
    {
      from: at('restoring'),
      event: looked(oldProcesses),
      to: 'running',
      effects: ['timer health 12000'],
      ledger,
      turn,
    },
    {
      from: at('restoring'),
      event: looked(oldProcesses.slice(0, 2)),
      to: 'reloading/rolling-back',
      effects: ['timer look 10025'],
    },
    { from: at('restoring'), event: timer, to: 'running', effects: ['timer health 12000'] },
  ]);

  it('kills a worker that outlived its master, whoever is its parent by now', () => {
    const orphan = { ...seenWorker(201, newMaster, 'new'), parentPid: 50 };
    const from = reloadingIn({ ...reloads['rolling-back'], step: 'killing', fresh: { ...fresh, workers: [ref(201)] } });
    const { effects } = take({ from, event: looked([...oldProcesses, orphan]) });
    expect(effects[0]).toMatchObject({ kind: 'signal', target: { process: ref(201) }, signal: 'SIGKILL' });
  });

  it('leaves the record of why, of where it came from, and of an old generation that is not what it was', () => {
    const complete = take({ from: at('restoring'), event: looked(oldProcesses) }).instance.ledger;
    expect(complete.lastReload).toMatchObject({ outcome: 'rolled-back', phase: 'proving', why: 'it was bad' });
    expect(complete.refused).toEqual({ revision: 'r2', why: 'it was bad', tries: 1, againAt: undefined });
    const fewer = take({ from: at('restoring'), event: timer }).instance.ledger;
    expect(fewer.lastReload?.why).toBe('it was bad; the old generation has fewer workers than before');
  });

  it.each([
    { readyAt: now - 700, exposureMs: 700 },
    { readyAt: undefined, exposureMs: 0 },
  ])('was exposed from its first ready worker until its last process had gone: $exposureMs ms', (of) => {
    const from = reloadingIn({ ...reloads['rolling-back'], fresh: { ...fresh, readyAt: of.readyAt } });
    const gone = take({ from, event: looked(oldProcesses) }).instance.life;
    expect(gone).toMatchObject({ reload: { step: 'restoring', exposureMs: of.exposureMs } });
    const later = { stamp: { at: now + 5_000, wall: 0, chance: 0, said: [] } };
    const { lastReload } = take({ from: gone, event: looked(oldProcesses), turn: later }).instance.ledger;
    expect(lastReload).toMatchObject({ exposureMs: of.exposureMs, durationMs: 6_000 });
  });

  it('is tried again where what went wrong may pass', () => {
    const from = reloadingIn({ ...reloads['rolling-back'], step: 'restoring', mayPass: true, ...seen });
    const spec = { reload: { ...sampleSpec().reload, retry: { times: 1, afterMs: 1_500 } } };
    const { ledger } = take({ from, event: looked(oldProcesses), spec }).instance;
    expect(ledger.refused).toMatchObject({ tries: 1, againAt: now + 1_500 });
  });
});
