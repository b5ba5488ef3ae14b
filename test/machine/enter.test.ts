import { describe, expect, it } from 'vitest';
import { enter, look, lookAgain, signal, to } from '../../src/machine/enter.ts';
import {
  describeEffect,
  generation,
  lives,
  newMaster,
  r1,
  r2,
  ref,
  reloads,
  sampleInstance,
  sampleReloading,
  sampleTurn,
  servedBy,
} from './sample.ts';
import type { Reload } from '../../src/machine/reload/state.ts';
import type { Life, Refused } from '../../src/machine/life.ts';
import type { Revision } from '../../src/model/identity.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { profiles } from '../../src/servers/profiles.ts';

const asked = (life: Life): string[] => enter(sampleTurn(), sampleInstance(life)).map(describeEffect);
const phase = (reload: Reload, spec?: Partial<ServiceSpec>): string[] =>
  enter(sampleTurn(spec), sampleReloading(reload)).map(describeEffect);
const nginx = servedBy(profiles.nginx);

describe('entering a state', () => {
  it.each([
    { kind: 'adopting', effects: ['find-shim'] },
    { kind: 'starting', effects: ['start-shim'] },
    { kind: 'running', effects: ['timer health 12000'] },
    { kind: 'searching', effects: ['look', 'timer step 12000'] },
    { kind: 'stopping', effects: ['signal main SIGQUIT', 'timer stop 10000'] },
    { kind: 'clearing', effects: ['signal all SIGTERM', 'timer stop 10000'] },
    { kind: 'orphaned', effects: ['timer stop 10000'] },
    { kind: 'backoff', effects: ['timer backoff 11000'] },
    { kind: 'down', effects: [] },
    { kind: 'failed', effects: [] },
  ] as const)('$kind asks for $effects', ({ kind, effects }) => {
    expect(asked(lives[kind])).toEqual(effects);
  });
});

describe('entering the state running after a revision was refused', () => {
  const refused = { revision: r2, why: 'the database was away', tries: 1, againAt: 12_345 };
  const askedWith = (change: Partial<Refused>, revision: Revision | undefined = r2): string[] => {
    const instance = sampleInstance(lives.running, { refused: { ...refused, ...change } });
    return enter(sampleTurn({}, { revision }), instance).map(describeEffect);
  };

  it('asks for the next try, unless there is to be none, or the file names something else by now', () => {
    expect(askedWith({})).toEqual(['timer health 12000', 'timer retry 12345']);
    expect(askedWith({ againAt: undefined })).toEqual(['timer health 12000']);
    expect(askedWith({}, r1)).toEqual(['timer health 12000']);
  });
});

describe('entering a phase of a reload', () => {
  const fresh = { ...reloads.proving.fresh, workers: [ref(201)] };
  it.each([
    { reload: reloads.starting, effects: ['signal 100 SIGUSR2', 'timer step 12000', 'look'] },
    { reload: { ...reloads.starting, signal: 'uncertain' }, effects: ['timer step 12000', 'look'] },
    { reload: reloads.renewing, effects: ['signal 100 SIGHUP', 'timer step 12000', 'look'], spec: nginx },
    {
      reload: { ...reloads.renewing, strategy: 'command' },
      effects: ['run-reload within 6000', 'timer step 12000', 'look'],
      spec: nginx,
    },
    {
      reload: { ...reloads.retiring, strategy: 'signal', step: 'sweeping' },
      effects: ['watch 200', 'look', 'timer step 10000'],
      spec: nginx,
    },
    { reload: reloads.proving, effects: ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'] },
    { reload: reloads.soaking, effects: ['watch 200', 'timer step 10000', 'look'] },
    { reload: reloads.retiring, effects: ['watch 200', 'name-heir 200', 'signal 100 SIGQUIT', 'timer step 10000'] },
    {
      reload: { ...reloads.retiring, step: 'sweeping' },
      effects: ['watch 200', 'name-heir 200', 'signal 101 SIGQUIT', 'look', 'timer step 10000'],
    },
    { reload: reloads['rolling-back'], effects: ['watch 200', 'signal 200 SIGQUIT', 'timer step 10000', 'look'] },
    {
      reload: { ...reloads['rolling-back'], fresh, step: 'killing' },
      effects: [
        ...['watch 200', 'signal 200 SIGSTOP', 'signal 201 SIGKILL', 'signal 200 SIGKILL'],
        ...['timer step 10000', 'look'],
      ],
    },
    { reload: { ...reloads['rolling-back'], step: 'restoring' }, effects: ['watch 200', 'timer step 10000', 'look'] },
    { reload: reloads.salvaging, effects: ['timer deadline 16000', 'watch 200', 'name-heir 200', 'look'] },
  ] as readonly { reload: Reload; effects: string[]; spec?: Partial<ServiceSpec> }[])(
    '$reload.phase by $reload.strategy asks for $effects',
    ({ reload, effects, spec }) => {
      expect(phase(reload, spec)).toEqual(effects);
    },
  );
});

describe('moving to a state', () => {
  it('does what comes first before what the state asks for', () => {
    const step = to(sampleTurn(), sampleInstance(lives.down), lives.backoff, { kind: 'end-shim' });
    expect(step.instance.life).toBe(lives.backoff);
    expect(step.effects.map(describeEffect)).toEqual(['end-shim', 'timer backoff 11000']);
  });

  it('has words for a look, the look after it, and a signal', () => {
    const effects = [look(generation(1)), lookAgain(sampleTurn(), generation(1)), signal(newMaster, 'SIGKILL')];
    expect(effects.map(describeEffect)).toEqual(['look', 'timer look 10025', 'signal 200 SIGKILL']);
  });
});
