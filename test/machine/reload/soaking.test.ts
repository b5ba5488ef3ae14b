import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/model/probe.ts';
import {
  fresh,
  generation,
  newMaster,
  newProcesses,
  now,
  oldProcesses,
  passed,
  ref,
  refused,
  reloadingIn,
  reloads,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const at = (step: 'holding' | 'due' | 'asking' | 'asking-last', until = now) =>
  reloadingIn({ ...reloads.soaking, step, until });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const everybody = [...oldProcesses, ...newProcesses];
const probed = (verdict: Verdict) =>
  ({ kind: 'probed', generation: generation(2), purpose: 'proof', verdict }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const retire = ['watch 200', 'name-heir 200', 'signal 100 SIGQUIT', 'timer step 13000'];
const prove = ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'];
const quit = ['watch 200', 'signal 200 SIGQUIT', 'timer step 15000', 'look'];
const cutOff = ['watch 200', 'signal 200 SIGSTOP', 'signal 200 SIGKILL', 'timer step 15000', 'look'];

describe('two generations that serve side by side', () => {
  itSteps([
    { from: at('holding'), event: timer, to: 'reloading/soaking', effects: ['look'] },
    { from: at('holding'), event: looked(everybody), to: 'reloading/soaking', effects: ['timer look 10025'] },
    {
      from: at('due'),
      event: looked(everybody),
      to: 'reloading/soaking',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      when: 'at the end',
    },
    {
      from: at('due', now + 1),
      event: looked(everybody),
      to: 'reloading/soaking',
      effects: ['probe proof ×1, 2 frozen', 'timer look 10025'],
      when: 'before the end',
    },
    {
      from: at('due'),
      event: looked(everybody),
      to: 'reloading/retiring',
      effects: retire,
      spec: { health: undefined },
      when: 'where there is no health check',
    },
    { from: at('asking-last'), event: probed(passed), to: 'reloading/retiring', effects: retire },
    {
      from: at('asking', now + 300),
      event: probed(passed),
      to: 'reloading/soaking',
      effects: ['timer step 10300', 'timer look 10025'],
    },
    { from: at('holding'), event: probed(passed), to: 'reloading/soaking', effects: [], when: 'unasked' },
    { from: at('asking'), event: probed(refused), to: 'reloading/rolling-back', effects: cutOff },
    { from: at('asking'), event: probed(silent), to: 'reloading/proving', effects: prove },
    { from: at('holding'), event: looked(everybody.slice(0, -1)), to: 'reloading/proving', effects: prove },
    {
      from: reloadingIn({ ...reloads.soaking, fresh: { ...fresh, workers: [ref(201), ref(202)] } }),
      event: { kind: 'process-gone', process: newMaster },
      to: 'reloading/rolling-back',
      effects: ['signal 201 SIGQUIT', 'signal 202 SIGQUIT', ...quit],
      when: 'its workers having requests to finish',
    },
    { from: at('asking'), event: timer, to: 'reloading/soaking', effects: [] },
  ]);

  it('freezes those old workers that are there at that very moment', () => {
    const stale = reloadingIn({ ...reloads.soaking, step: 'due', old: [ref(110), ref(111)] });
    expect(take({ from: stale, event: looked(everybody) }).effects[0]).toMatchObject({ frozen: [ref(101), ref(102)] });
  });
});
