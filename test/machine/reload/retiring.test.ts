import { describe, expect, it } from 'vitest';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  generation,
  newMaster,
  newProcesses,
  nginxWorker,
  now,
  oldMaster,
  oldProcesses,
  ref,
  reloadingIn,
  reloads,
  renewedFresh,
  renewedNginx,
  servedBy,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const quitting = reloadingIn(reloads.retiring);
const sweeping = reloadingIn({ ...reloads.retiring, step: 'sweeping' });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const turn = { revision: reloads.retiring.target.revision };
const exited = { kind: 'exited', code: 0 } as const;

describe('an old generation that was told to go', () => {
  itSteps([
    {
      from: quitting,
      event: { kind: 'main-ended', process: oldMaster, outcome: exited },
      to: 'reloading/retiring',
      effects: [],
    },
    {
      from: quitting,
      event: { kind: 'main-succeeded', process: newMaster },
      to: 'reloading/retiring',
      effects: ['watch 200', 'name-heir 200', 'signal 101 SIGQUIT', 'look', 'timer step 15000'],
    },
    { from: quitting, event: { kind: 'main-succeeded', process: ref(999) }, to: 'reloading/retiring', effects: [] },
    {
      from: quitting,
      event: timer,
      to: 'reloading/retiring',
      effects: ['signal 101 SIGKILL', 'signal 100 SIGKILL', 'timer step 15000'],
      when: 'too slowly',
    },
    {
      from: sweeping,
      event: timer,
      to: 'reloading/retiring',
      effects: ['signal 101 SIGKILL', 'timer step 15000'],
      when: 'one of its workers too slowly',
    },
    {
      from: reloadingIn({ ...reloads.retiring, killAt: now + 1 }),
      event: timer,
      to: 'reloading/retiring',
      effects: [],
      when: 'too early',
    },
    { from: quitting, event: looked(oldProcesses), to: 'reloading/retiring', effects: [] },
    { from: sweeping, event: looked(oldProcesses), to: 'reloading/retiring', effects: ['timer look 10025'] },
    { from: sweeping, event: looked(newProcesses), to: 'running', effects: ['timer health 12000'], turn },
    {
      from: quitting,
      event: { kind: 'process-gone', process: newMaster },
      to: 'stopping',
      effects: ['signal main SIGQUIT', `timer stop ${now}`],
    },
    {
      from: sweeping,
      event: { kind: 'process-gone', process: newMaster },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    {
      from: sweeping,
      event: { kind: 'main-ended', process: newMaster, outcome: exited },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
      when: 'whose heir has ended too',
    },
  ]);

  it('makes way for the new one, which is healthy because it has proved it', () => {
    const { life, ledger } = take({
      from: sweeping,
      event: looked(newProcesses),
      turn,
    }).instance;
    expect(life).toMatchObject({
      ...{ kind: 'running', health: { kind: 'healthy', failures: 0 } },
      serving: { number: 2, revision: 'r2', main: newMaster, startedAt: 2 },
    });
    expect(ledger.lastReload).toMatchObject({ outcome: 'reloaded', phase: 'retiring', durationMs: 1_000 });
  });
});

describe('old workers under the same master', () => {
  const spec = servedBy(profiles.nginx);
  const fresh = { ...renewedFresh, workers: [ref(111), ref(112)] };
  const sweepingNginx = reloadingIn({ ...reloads.retiring, strategy: 'signal', fresh, step: 'sweeping' });

  itSteps([
    {
      from: sweepingNginx,
      event: looked([...renewedNginx, nginxWorker(101, 'nginx: worker process is shutting down')]),
      to: 'reloading/retiring',
      effects: ['timer look 10025'],
      spec,
    },
    {
      from: sweepingNginx,
      event: timer,
      to: 'reloading/retiring',
      effects: ['signal 101 SIGKILL', 'timer step 15000'],
      spec,
      when: 'and the master is left alone',
    },
    {
      from: sweepingNginx,
      event: { kind: 'process-gone', process: oldMaster },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
      spec,
    },
    {
      from: sweepingNginx,
      event: { kind: 'main-ended', process: oldMaster, outcome: exited },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
      spec,
    },
  ]);

  it('leave the master the next generation', () => {
    const { life, ledger } = take({ from: sweepingNginx, event: looked(renewedNginx), spec, turn }).instance;
    expect(life).toMatchObject({ kind: 'running', serving: { number: 2, revision: 'r2', main: oldMaster } });
    expect(ledger.lastReload).toMatchObject({ outcome: 'reloaded', exposureMs: 0 });
    expect(ledger.refused).toBeUndefined();
  });
});
