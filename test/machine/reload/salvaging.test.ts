import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/model/probe.ts';
import {
  generation,
  newMaster,
  newProcesses,
  oldMaster,
  passed,
  ref,
  refused,
  reloadingIn,
  reloads,
  seenWorker,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const booting = reloadingIn(reloads.salvaging);
const asking = reloadingIn({ ...reloads.salvaging, step: 'asking' });
const pausing = reloadingIn({ ...reloads.salvaging, step: 'pausing' });
const looked = (processes: typeof newProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const probed = (verdict: Verdict) =>
  ({ kind: 'probed', generation: generation(2), purpose: 'proof', verdict }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const outcome = { kind: 'exited', code: 1 } as const;
const turn = { revision: reloads.salvaging.target.revision };

describe('a new master that is all there is', () => {
  itSteps([
    {
      from: booting,
      event: looked(newProcesses),
      to: 'reloading/salvaging',
      effects: ['probe proof ×1, 0 frozen', 'timer look 10025'],
    },
    {
      from: booting,
      event: looked(newProcesses),
      to: 'reloading/salvaging',
      effects: ['probe proof ×1, 0 frozen', 'timer look 10025'],
      spec: { health: undefined },
      when: 'where there is no health check',
    },
    { from: booting, event: looked([]), to: 'reloading/salvaging', effects: ['timer look 10025'] },
    {
      from: asking,
      event: probed(passed),
      to: 'reloading/retiring',
      effects: ['watch 200', 'name-heir 200', 'look', 'timer step 15000'],
      turn,
    },
    {
      from: reloadingIn({ ...reloads.salvaging, old: [ref(101)] }),
      event: looked([seenWorker(101, oldMaster, 'old'), ...newProcesses]),
      to: 'reloading/salvaging',
      effects: ['probe proof ×1, 1 frozen', 'timer look 10025'],
      when: 'old workers going on without their master',
    },
    {
      from: reloadingIn({ ...reloads.salvaging, old: [ref(101)], step: 'asking' }),
      event: probed(passed),
      to: 'reloading/retiring',
      effects: ['watch 200', 'name-heir 200', 'signal 101 SIGQUIT', 'look', 'timer step 15000'],
      when: 'and then they go too',
    },
    { from: asking, event: probed(refused), to: 'reloading/salvaging', effects: ['timer step 11000'] },
    { from: asking, event: probed(silent), to: 'reloading/salvaging', effects: ['timer step 11000'] },
    { from: pausing, event: timer, to: 'reloading/salvaging', effects: [] },
    { from: booting, event: { ...timer, timer: 'look' }, to: 'reloading/salvaging', effects: ['look'] },
    {
      from: booting,
      event: { ...timer, timer: 'deadline' },
      to: 'stopping',
      effects: ['signal main SIGTERM', 'timer stop 12000'],
    },
    {
      from: booting,
      event: { kind: 'process-gone', process: newMaster },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    { from: booting, event: { kind: 'process-gone', process: ref(999) }, to: 'reloading/salvaging', effects: [] },
    {
      from: booting,
      event: { kind: 'main-succeeded', process: newMaster },
      to: 'reloading/salvaging',
      effects: ['look'],
    },
    {
      from: booting,
      event: { kind: 'main-ended', process: oldMaster, outcome },
      to: 'reloading/salvaging',
      effects: [],
      when: 'which is no news',
    },
    {
      from: booting,
      event: { kind: 'main-ended', process: newMaster, outcome },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
  ]);

  it('is the next generation once it serves', () => {
    const proven = take({ from: asking, event: probed(passed), turn }).instance.life;
    const { life, ledger } = take({ from: proven, event: looked(newProcesses), turn }).instance;
    expect(life).toMatchObject({ kind: 'running', serving: { number: 2, main: newMaster } });
    expect(ledger.lastReload).toMatchObject({
      outcome: 'reloaded',
      why: 'the old master ended by itself, and the new generation serves',
    });
  });
});
