import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/model/probe.ts';
import type { ProcessRef } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  ending,
  fresh,
  generation,
  newMaster,
  newProcesses,
  nginxWorker,
  now,
  oldProcesses,
  passed,
  r2,
  ref,
  refused,
  reloadingIn,
  reloads,
  renewedFresh,
  renewedNginx,
  servedBy,
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
      to: 'reloading/soaking',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      spec: { health: undefined },
      when: 'at the end, where there is no health check',
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
      from: at('holding'),
      event: looked([...oldProcesses, ...newProcesses.slice(0, 1).map(ending)]),
      to: 'reloading/soaking',
      effects: ['timer look 10025'],
      when: 'its master being about to end, and its workers having ended',
    },
    {
      from: at('due'),
      event: looked(oldProcesses),
      to: 'reloading/soaking',
      effects: ['timer look 10025'],
      when: 'its master having ended',
    },
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

describe('a new generation that soaks under the same master', () => {
  const spec = servedBy(profiles.nginx);
  const turn = { revision: r2 };
  const workers = [ref(111), ref(112)];
  const renewed = (step: 'holding' | 'due' | 'asking-last', old: readonly ProcessRef[] = []) =>
    reloadingIn({ ...reloads.soaking, strategy: 'signal', fresh: { ...renewedFresh, workers }, old, step });

  itSteps([
    {
      from: renewed('due', [ref(101)]),
      event: looked([...renewedNginx, nginxWorker(101)]),
      to: 'reloading/soaking',
      effects: ['probe proof ×2, 1 frozen', 'timer look 10025'],
      spec,
    },
    {
      from: renewed('asking-last'),
      event: probed(passed),
      to: 'reloading/retiring',
      effects: ['watch 100', 'look', 'timer step 13000'],
      spec,
      when: 'and nobody has to be told to go',
    },
    {
      from: renewed('asking-last'),
      event: probed(refused),
      to: 'running',
      effects: ['timer health 12000'],
      spec,
      turn,
    },
    {
      from: renewed('holding'),
      event: looked(renewedNginx.slice(0, 2)),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 100', 'timer step 11000', 'look'],
      spec,
      when: 'one of its workers having ended',
    },
  ]);

  it('waits for the old workers that are still busy', () => {
    const { life } = take({ from: renewed('asking-last', [ref(101)]), event: probed(passed), spec }).instance;
    expect(life).toMatchObject({ reload: { phase: 'retiring', step: 'sweeping', old: [ref(101)] } });
  });

  it('leaves those in office that a command has not replaced', () => {
    const from = reloadingIn({ ...reloads.soaking, strategy: 'command', fresh: renewedFresh, old: [ref(101)] });
    const asking = { ...from, reload: { ...from.reload, step: 'asking-last' } } as typeof from;
    const proven = take({ from: asking, event: probed(passed), spec: servedBy(profiles.nginx, 'command') });
    expect(proven.instance.life).toMatchObject({ reload: { phase: 'retiring', step: 'sweeping', old: [] } });
  });
});
