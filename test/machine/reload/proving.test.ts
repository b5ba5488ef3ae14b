import { describe, expect, it } from 'vitest';
import type { Fresh } from '../../../src/machine/reload/state.ts';
import { proveStarted } from '../../../src/machine/reload/proving.ts';
import type { Verdict } from '../../../src/model/probe.ts';
import type { ProcessRef } from '../../../src/model/process.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  describeEffect,
  ending,
  fresh,
  generation,
  newMaster,
  newProcesses,
  nginxMaster,
  nginxProcesses,
  nginxWorker,
  now,
  oldMaster,
  oldProcesses,
  passed,
  planFor,
  r2,
  ref,
  refused,
  reloadingIn,
  reloads,
  renewedFresh,
  renewedNginx,
  running,
  sampleInstance,
  sampleTurn,
  seenWorker,
  servedBy,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const booting = reloadingIn({ ...reloads.proving, fresh: { ...fresh, readyAt: undefined } });
const { roles: unicornRoles = expect.fail('unicorn has roles') } = profiles.unicorn;
const asking = reloadingIn({ ...reloads.proving, step: 'asking' });
const tasting = reloadingIn({ ...reloads.proving, step: 'tasting' });
const widening = reloadingIn({ ...reloads.proving, step: 'widening' });
const pausing = reloadingIn({ ...reloads.proving, step: 'pausing' });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const everybody = [...oldProcesses, ...newProcesses];
const half = everybody.slice(0, -1);
const unready = [...oldProcesses, ...newProcesses.slice(0, 1), { ...seenWorker(201, newMaster, 'new'), catches: [] }];
const probed = (verdict: Verdict, purpose: 'proof' | 'health' = 'proof') =>
  ({ kind: 'probed', generation: generation(2), purpose, verdict }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const soak = ['watch 200', 'timer step 10500', 'look'];
const quit = ['watch 200', 'signal 200 SIGQUIT', 'timer step 15000', 'look'];
const cutOff = ['watch 200', 'signal 200 SIGSTOP', 'signal 200 SIGKILL', 'timer step 15000', 'look'];

describe('a new generation that must prove itself', () => {
  itSteps([
    {
      from: booting,
      event: looked(unready),
      to: 'reloading/proving',
      effects: ['timer look 10025'],
      when: 'none of its workers being ready',
    },
    {
      from: reloadingIn(reloads.proving),
      event: looked(half),
      to: 'reloading/proving',
      effects: ['timer look 10025'],
      spec: servedBy({ ...profiles.unicorn, roles: { ...unicornRoles, readyWorker: undefined } }),
      when: 'incomplete, of a server whose workers do not show when they are ready',
    },
    {
      from: booting,
      event: looked(half),
      to: 'reloading/proving',
      effects: ['probe proof ×1, 2 frozen', 'timer look 10025'],
      when: 'the first of its workers being ready',
    },
    {
      from: reloadingIn({ ...reloads.proving, fresh: { ...fresh, workers: [ref(201), ref(202), ref(203)] } }),
      event: looked([...oldProcesses, ...newProcesses.slice(0, 1).map(ending)]),
      to: 'reloading/proving',
      effects: ['timer look 10025'],
      when: 'its master being about to end, and its workers having ended',
    },
    { from: tasting, event: looked(half), to: 'reloading/proving', effects: ['timer look 10025'] },
    { from: tasting, event: looked(everybody), to: 'reloading/proving', effects: ['timer look 10025'] },
    { from: tasting, event: probed(passed), to: 'reloading/proving', effects: [] },
    { from: tasting, event: probed(silent), to: 'reloading/proving', effects: [] },
    { from: tasting, event: probed(refused), to: 'reloading/rolling-back', effects: cutOff },
    { from: tasting, event: { ...timer, timer: 'deadline' }, to: 'reloading/rolling-back', effects: quit },
    { from: tasting, event: timer, to: 'reloading/proving', effects: [] },
    { from: widening, event: looked(half), to: 'reloading/proving', effects: ['timer look 10025'] },
    {
      from: widening,
      event: looked(everybody),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      when: 'complete',
    },
    { from: widening, event: probed(refused), to: 'reloading/proving', effects: [], when: 'unasked' },
    {
      from: booting,
      event: looked(everybody),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      when: 'complete',
    },
    {
      from: booting,
      event: looked(everybody),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      spec: { health: undefined },
      when: 'complete, where there is no health check',
    },
    { from: asking, event: looked(everybody), to: 'reloading/proving', effects: ['timer look 10025'] },
    { from: asking, event: probed(passed), to: 'reloading/soaking', effects: soak },
    { from: asking, event: probed(passed, 'health'), to: 'reloading/proving', effects: [], when: 'of another purpose' },
    { from: booting, event: probed(passed), to: 'reloading/proving', effects: [], when: 'unasked' },
    { from: asking, event: probed(refused), to: 'reloading/rolling-back', effects: cutOff },
    { from: asking, event: probed(silent), to: 'reloading/proving', effects: ['timer step 11000'] },
    { from: pausing, event: timer, to: 'reloading/proving', effects: [] },
    { from: booting, event: { ...timer, timer: 'look' }, to: 'reloading/proving', effects: ['look'] },
    {
      from: reloadingIn(reloads.proving),
      event: { ...timer, timer: 'deadline' },
      to: 'reloading/rolling-back',
      effects: quit,
    },
    {
      from: booting,
      event: { kind: 'process-gone', process: newMaster },
      to: 'reloading/rolling-back',
      effects: cutOff,
    },
    { from: booting, event: { kind: 'process-gone', process: ref(999) }, to: 'reloading/proving', effects: [] },
    {
      from: booting,
      event: { ...timer, timer: 'deadline' },
      to: 'reloading/rolling-back',
      effects: cutOff,
      when: 'none of its workers having been ready',
    },
  ]);

  it('is condemned when three of its workers have ended', () => {
    const workers = [ref(203), ref(204), ref(205)];
    const one = reloadingIn({ ...reloads.proving, fresh: { ...fresh, workers: workers.slice(0, 1), deaths: 1 } });
    expect(take({ from: one, event: looked(everybody) }).instance.life).toMatchObject({
      reload: { phase: 'proving', fresh: { deaths: 2 } },
    });
    const three = reloadingIn({ ...reloads.proving, fresh: { ...fresh, workers } });
    expect(take({ from: three, event: looked(everybody) }).instance.life).toMatchObject({
      reload: { phase: 'rolling-back', why: '3 workers of the new generation have ended' },
    });
  });

  it('freezes the old workers and nobody else', () => {
    const probe = take({ from: booting, event: looked(everybody) }).effects[0];
    expect(probe).toMatchObject({ kind: 'probe', frozen: [ref(101), ref(102)], timeoutMs: 250 });
  });

  it('that was silent pauses, goes on booting, and is asked again', () => {
    const paused = take({ from: asking, event: probed(silent) }).instance.life;
    expect(paused).toMatchObject({ reload: { step: 'pausing', wanting: 'it was silent: no answer within 250 ms' } });
    const resumed = take({ from: paused, event: timer }).instance.life;
    expect(take({ from: resumed, event: looked(everybody) }).effects[0]).toMatchObject({ kind: 'probe' });
  });

  it('is asked for the first answer only once, and says meanwhile what it lacks', () => {
    const { instance, effects } = take({ from: booting, event: looked(half) });
    expect(effects[0]).toMatchObject({ kind: 'probe', times: 1, calmMs: 10 });
    const first = instance.life;
    expect(first).toMatchObject({
      reload: { step: 'tasting', wanting: '1 of 2 workers run, 1 of them ready', fresh: { readyAt: now } },
    });
    const tasted = take({ from: first, event: probed(silent) }).instance.life;
    expect(tasted).toMatchObject({ reload: { step: 'widening' } });
    expect(take({ from: tasted, event: looked(half) }).effects.map(describeEffect)).toEqual(['timer look 10025']);
    const complete = take({ from: tasted, event: looked(everybody) }).instance.life;
    expect(complete).toMatchObject({ reload: { step: 'asking' } });
  });

  it.each([
    { from: tasting, event: probed(refused), why: 'the new generation answered 500', mayPass: false },
    {
      from: booting,
      event: { ...timer, timer: 'deadline' } as const,
      why: 'it was not proven in time: no worker runs',
      mayPass: true,
    },
  ])('that goes because $why may do better another time: $mayPass', ({ from, event, why, mayPass }) => {
    expect(take({ from, event }).instance.life).toMatchObject({ reload: { phase: 'rolling-back', why, mayPass } });
  });

  it('goes on booting after a pause', () => {
    expect(take({ from: pausing, event: timer }).instance.life).toMatchObject({ reload: { step: 'booting' } });
  });
});

describe('a new generation under the same master', () => {
  const spec = servedBy(profiles.nginx);
  const turn = { revision: r2 };
  const both = [ref(101), ref(102)];
  const renewed = (step: 'booting' | 'asking' | 'pausing', more: { old?: readonly ProcessRef[]; fresh?: Fresh } = {}) =>
    reloadingIn({ ...reloads.proving, strategy: 'signal', fresh: renewedFresh, old: both, step, ...more });
  const ofNew = { ...renewedFresh, workers: [ref(111), ref(112)], readyAt: now - 1 };
  const mixed = [nginxMaster, nginxWorker(102), nginxWorker(111)];

  itSteps([
    {
      from: renewed('booting'),
      event: looked(mixed),
      to: 'reloading/proving',
      effects: ['timer look 10025'],
      spec,
      when: 'incomplete',
    },
    {
      from: renewed('booting'),
      event: looked([...nginxProcesses, ...renewedNginx.slice(1)]),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      spec,
      when: 'beside the old workers',
    },
    {
      from: renewed('booting'),
      event: looked(renewedNginx),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 0 frozen', 'timer look 10025'],
      spec,
      when: 'instead of the old workers',
    },
    {
      from: renewed('asking', { old: [], fresh: ofNew }),
      event: probed(passed),
      to: 'reloading/soaking',
      effects: ['watch 100', 'timer step 10500', 'look'],
      spec,
    },
    {
      from: renewed('asking', { old: [], fresh: ofNew }),
      event: probed(refused),
      to: 'running',
      effects: ['timer health 12000'],
      spec,
      turn,
      when: 'for there is no way back',
    },
    {
      from: renewed('booting'),
      event: { ...timer, timer: 'deadline' },
      to: 'running',
      effects: ['timer health 12000'],
      spec,
      turn,
      when: 'the old workers being all there',
    },
    {
      from: renewed('booting', { old: [], fresh: { ...ofNew, workers: [ref(113), ref(114), ref(115)] } }),
      event: looked(renewedNginx),
      to: 'running',
      effects: ['timer health 12000'],
      spec,
      turn,
      when: 'three of its workers having ended',
    },
    {
      from: renewed('booting'),
      event: { kind: 'stop', how: 'graceful' },
      to: 'stopping',
      effects: ['signal main SIGQUIT', 'timer stop 12000'],
      spec,
      when: 'and the one master is told once',
    },
    {
      from: renewed('booting'),
      event: looked(renewedNginx),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 0 frozen', 'timer look 10025'],
      spec: servedBy(profiles.nginx, 'command'),
      when: 'by a command',
    },
  ]);

  it('whose master is seen to be gone is not said to be what it was before', () => {
    const event = { kind: 'process-gone', process: oldMaster } as const;
    const { ledger, life } = take({ from: renewed('booting'), event, spec, turn }).instance;
    expect([life.kind, ledger.lastReload?.outcome]).not.toEqual(['running', 'rolled-back']);
  });

  it('is asked whatever the old workers may yet answer, where a command may have left them in office', () => {
    const from = reloadingIn({ ...reloads.proving, strategy: 'command', fresh: renewedFresh, old: both });
    const [probe] = take({ from, event: looked(nginxProcesses), spec: servedBy(profiles.nginx, 'command') }).effects;
    expect(probe).toMatchObject({ kind: 'probe', times: 2, frozen: [], master: undefined });
  });
});

describe('a service that was stopped and started for a reload', () => {
  const plan = planFor('restart');
  const spec = servedBy(profiles.unicorn, 'restart');

  it('is reloading again, and its own main process is the new master', () => {
    const { kind, ...life } = running;
    const { instance, effects } = proveStarted(sampleTurn(spec), sampleInstance(running, { newest: 2 }), life, plan);
    expect(kind).toBe('running');
    expect(instance.life).toMatchObject({
      ...{ kind: 'reloading', serving: { main: oldMaster } },
      reload: {
        ...{ phase: 'proving', strategy: 'restart', step: 'booting', expected: 1, old: [] },
        fresh: { master: oldMaster, workers: [], deaths: 0 },
        timeline: [...plan.timeline, { phase: 'proving', afterMs: 1_000 }],
      },
    });
    const asked = ['timer deadline 16000', 'watch 100', 'timer step 11000', 'look'];
    expect(effects.map(describeEffect)).toEqual(asked);
  });

  it('is proven as any other generation is, with nobody to freeze', () => {
    const from = reloadingIn({ ...reloads.proving, ...plan, expected: 1, fresh: { ...fresh, master: oldMaster } });
    const { effects } = take({ from, event: looked(oldProcesses), spec });
    expect(effects.map(describeEffect)).toEqual(['probe proof ×2, 0 frozen', 'timer look 10025']);
  });
});
