import { describe, expect, it } from 'vitest';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  ending,
  generation,
  nginxMaster,
  nginxProcesses,
  nginxWorker,
  now,
  oldMaster,
  passed,
  pumaMaster,
  pumaWorker,
  r2,
  ref,
  reloadingIn,
  reloads,
  renewedNginx,
  sampleSpec,
  servedBy,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const renewing = reloadingIn(reloads.renewing);
const commanded = reloadingIn({ ...reloads.renewing, strategy: 'command' });
const looked = (processes: typeof nginxProcesses) =>
  ({ kind: 'looked', generation: generation(2), processes }) as const;
const ran = (problem: string) => ({ kind: 'reload-ran', generation: generation(2), problem }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const prove = ['timer deadline 16000', 'watch 100', 'timer step 11000', 'look'];
const spec = servedBy(profiles.nginx);
const byCommand = servedBy(profiles.nginx, 'command');
const executing = servedBy({
  ...profiles.nginx,
  inPlace: { signal: 'SIGUSR2', showsWithinMs: 5_000, executes: true },
});
const turn = { revision: r2 };
const executed = [{ ...nginxMaster, image: 'anew' }, ...nginxProcesses.slice(1)];
const lookAgain = { to: 'reloading/renewing', effects: ['timer look 10025'] };

describe('a master that was told to renew its workers', () => {
  itSteps([
    { from: renewing, event: looked(nginxProcesses), ...lookAgain, spec, when: 'and has not begun' },
    { from: renewing, event: looked([]), ...lookAgain, spec, when: 'and is not to be seen' },
    {
      from: renewing,
      event: looked([...nginxProcesses, nginxWorker(111)]),
      to: 'reloading/proving',
      effects: prove,
      spec,
      when: 'and has a new one',
    },
    {
      from: renewing,
      event: looked(nginxProcesses.slice(0, 2)),
      to: 'reloading/proving',
      effects: prove,
      spec,
      when: 'and has one less',
    },
    {
      from: renewing,
      event: looked(renewedNginx),
      to: 'reloading/proving',
      effects: prove,
      spec,
      when: 'and has none but new ones',
    },
    { from: renewing, event: looked(executed), ...lookAgain, spec, when: 'whose image says nothing' },
    {
      from: renewing,
      event: looked(executed),
      to: 'reloading/proving',
      effects: prove,
      spec: executing,
      when: 'and has executed itself anew',
    },
    {
      from: renewing,
      event: looked([...nginxProcesses, nginxWorker(111)]),
      ...lookAgain,
      spec: executing,
      when: 'by executing itself anew, and has but one more worker for the load',
    },
    {
      from: renewing,
      event: looked(nginxProcesses.slice(0, 2)),
      ...lookAgain,
      spec: executing,
      when: 'by executing itself anew, and has but one less for the load',
    },
    {
      from: renewing,
      event: looked([ending(nginxMaster)]),
      ...lookAgain,
      spec: executing,
      when: 'by executing itself anew, and is about to end',
    },
    {
      from: renewing,
      event: looked([ending(nginxMaster)]),
      ...lookAgain,
      spec,
      when: 'and is about to end, its workers having ended',
    },
    {
      from: reloadingIn({ ...reloads.renewing, image: '' }),
      event: looked(nginxProcesses.slice(0, 2).map((process) => ({ ...process, image: '' }))),
      to: 'reloading/proving',
      effects: prove,
      spec: executing,
      when: 'by executing itself anew, where the kernel shows no image, and has one less',
    },
    {
      from: reloadingIn({ ...reloads.renewing, signal: 'uncertain' }),
      event: timer,
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      spec: executing,
      when: 'by a supervisor that died before it did',
    },
    { from: renewing, event: { ...timer, timer: 'look' }, to: 'reloading/renewing', effects: ['look'], spec },
    { from: renewing, event: { ...timer, timer: 'deadline' }, to: 'reloading/renewing', effects: [], spec },
    { from: renewing, event: timer, to: 'running', effects: ['timer health 12000'], spec, turn },
    {
      from: renewing,
      event: { kind: 'process-gone', process: ref(101) },
      to: 'reloading/renewing',
      effects: [],
      spec,
    },
    {
      from: renewing,
      event: { kind: 'probed', generation: generation(2), purpose: 'proof', verdict: passed },
      to: 'reloading/renewing',
      effects: [],
      spec,
    },
    {
      from: renewing,
      event: { kind: 'main-ended', process: oldMaster, outcome: { kind: 'exited', code: 78 } },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
      spec,
    },
  ]);

  const puma = servedBy(profiles.puma);
  const stuck = looked([pumaMaster, pumaWorker(101), pumaWorker(102, false)]);

  itSteps([
    { from: renewing, event: stuck, ...lookAgain, spec: puma, when: 'and has a worker that may yet boot' },
    {
      from: reloadingIn({ ...reloads.renewing, stuckAt: now }),
      event: stuck,
      to: 'reloading/renewing',
      effects: ['signal 102 SIGKILL', 'timer look 10025'],
      spec: puma,
      when: 'and waits for a worker that never was ready',
    },
    {
      from: reloadingIn({ ...reloads.renewing, stuckAt: now }),
      event: looked([pumaMaster, pumaWorker(101), pumaWorker(102)]),
      ...lookAgain,
      spec: puma,
      when: 'and takes its time, though all its workers are ready',
    },
    {
      from: reloadingIn({ ...reloads.renewing, strategy: 'command', stuckAt: now }),
      event: stuck,
      ...lookAgain,
      spec: servedBy(profiles.puma, 'command'),
      when: 'by a command, which knows what it does',
    },
  ]);

  it('hands what was there before on to the proof', () => {
    const { life } = take({ from: renewing, event: looked(renewedNginx), spec }).instance;
    expect(life).toMatchObject({
      reload: {
        ...{ phase: 'proving', step: 'booting', expected: 2, old: [ref(101), ref(102)], wanting: 'no new worker runs' },
        fresh: { master: oldMaster, image: 'old', workers: [], deaths: 0, readyAt: undefined },
        timeline: [...reloads.renewing.timeline, { phase: 'proving', afterMs: 1_000 }],
      },
    });
  });

  it('and does not heed it is what it was before, and the revision is refused', () => {
    const { life, ledger } = take({ from: renewing, event: timer, spec, turn }).instance;
    expect(life).toMatchObject({
      kind: 'running',
      serving: { number: 1, revision: 'r1' },
      health: { kind: 'healthy' },
    });
    expect(ledger.lastReload).toMatchObject({
      ...{ outcome: 'rolled-back', phase: 'renewing', exposureMs: 0 },
      why: 'the server did not heed the reload: its own log says why',
    });
    expect(ledger.refused).toMatchObject({ revision: r2, againAt: undefined });
  });

  it('and dies of it has failed, and is started anew', () => {
    const event = { kind: 'main-ended', process: oldMaster, outcome: { kind: 'exited', code: 78 } } as const;
    const { life, ledger } = take({ from: renewing, event, spec }).instance;
    expect(life).toMatchObject({ kind: 'clearing', then: 'decide' });
    expect(ledger.lastReload).toMatchObject({
      ...{ outcome: 'failed', why: 'the server exited with 78 as it was reloaded: its own log says why' },
    });
  });
});

describe('a command that reloads a service', () => {
  itSteps([
    { from: commanded, event: looked(renewedNginx), ...lookAgain, spec: byCommand, when: 'and still runs' },
    { from: commanded, event: ran(''), to: 'reloading/proving', effects: prove, spec: byCommand },
    {
      from: commanded,
      event: ran('the reload command exited with 1: no such upstream'),
      to: 'running',
      effects: ['timer health 12000'],
      spec: byCommand,
      turn,
    },
  ]);

  it('and fails is tried again where that is wanted', () => {
    const why = 'the reload command exited with 1: no such upstream';
    const retrying = {
      ...byCommand,
      reload: { ...sampleSpec(byCommand).reload, retry: { times: 1, afterMs: 1_500 } },
    };
    const { ledger } = take({ from: commanded, event: ran(why), spec: retrying, turn }).instance;
    expect(ledger.lastReload).toMatchObject({ outcome: 'rolled-back', phase: 'renewing', why });
    expect(ledger.refused).toEqual({ revision: r2, why, tries: 1, againAt: 11_500 });
  });
});
