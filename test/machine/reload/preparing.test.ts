import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/machine/reload/state.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  generation,
  newMaster,
  newProcesses,
  nginxMaster,
  nginxProcesses,
  oldMaster,
  oldProcesses,
  now,
  planFor,
  pumaMaster,
  pumaWorker,
  ref,
  reloadingIn,
  reloads,
  sampleSpec,
  seenMaster,
  servedBy,
  shim,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const preparing = reloadingIn(reloads.preparing);
const hook = reloadingIn({ ...reloads.preparing, step: 'hook' });
const clearing = reloadingIn({ ...reloads.preparing, step: 'clearing', second: newMaster });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const prepared = (problem: string) => ({ kind: 'prepared', generation: generation(2), problem }) as const;
const coldMaster = { ...seenMaster(oldMaster, shim.pid, 'old'), title: 'ruby unicorn -c app.rb' };
const helper = { ...seenMaster(ref(150), oldMaster.pid, 'helper'), title: 'log shipper', catches: [] };

describe('a reload that is prepared', () => {
  itSteps([
    { from: hook, event: prepared(''), to: 'reloading/preparing', effects: ['look'] },
    { from: hook, event: prepared('the prepare hook exited with 1'), to: 'running', effects: ['timer health 12000'] },
    {
      from: preparing,
      event: looked(oldProcesses),
      to: 'reloading/starting',
      effects: ['signal 100 SIGUSR2', 'timer step 12000', 'look'],
    },
    {
      from: preparing,
      event: looked([coldMaster]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'too early to be signalled',
    },
    { from: preparing, event: looked([]), to: 'reloading/preparing', effects: ['timer look 10025'] },
    {
      from: hook,
      event: looked(oldProcesses),
      to: 'reloading/preparing',
      effects: [],
      when: 'while the hook still runs',
    },
    {
      from: preparing,
      event: looked([...oldProcesses, ...newProcesses]),
      to: 'reloading/preparing',
      effects: ['signal 200 SIGQUIT', 'timer look 10025'],
      when: 'somebody else having begun a second generation',
    },
    {
      from: clearing,
      event: looked([...oldProcesses, ...newProcesses]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'that being on its way out',
    },
    {
      from: clearing,
      event: looked([...oldProcesses, { ...seenMaster(newMaster, oldMaster.pid, ''), state: 'Z' }]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'the master not knowing yet that it has gone',
    },
    {
      from: clearing,
      event: looked(oldProcesses),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'that having gone: one more look, for there may be a third',
    },
    {
      from: preparing,
      event: { kind: 'timer-fired', generation: generation(2), timer: 'deadline' },
      to: 'running',
      effects: ['timer health 12000'],
    },
    {
      from: preparing,
      event: { kind: 'timer-fired', generation: generation(2), timer: 'look' },
      to: 'reloading/preparing',
      effects: ['look'],
    },
    { from: preparing, event: { kind: 'process-gone', process: newMaster }, to: 'reloading/preparing', effects: [] },
  ]);

  it('counts the workers, and knows who was there before and is none', () => {
    const { life } = take({ from: preparing, event: looked([...oldProcesses, helper]) }).instance;
    expect(life).toMatchObject({ reload: { expected: 2, strangers: [ref(150)], suspects: [], signal: 'sent' } });
  });

  it('is refused with what stands in its way, and that revision is not tried again', () => {
    const problem = 'the prepare hook exited with 3: no database';
    const { ledger, life } = take({ from: hook, event: prepared(problem) }).instance;
    expect(life.kind).toBe('running');
    expect(ledger.lastReload).toMatchObject({
      outcome: 'rolled-back',
      phase: 'preparing',
      why: problem,
      exposureMs: 0,
    });
    expect(ledger.refused).toEqual({ revision: 'r2', why: problem, tries: 1, againAt: undefined });
  });
});

describe('a reload that is not prepared in time', () => {
  it('says what it waited for', () => {
    const deadline = { kind: 'timer-fired', generation: generation(2), timer: 'deadline' } as const;
    const whyIn = (from: typeof hook) => take({ from, event: deadline }).instance.ledger.lastReload?.why;
    expect(whyIn(preparing)).toBe('the server was not ready to be signalled in time');
    expect(whyIn(clearing)).toBe('a second master, which somebody else had begun, did not go in time');
  });
});

const failedReload = take({
  from: reloadingIn({ ...reloads.renewing, strategy: 'signal' }),
  event: { kind: 'main-ended', process: oldMaster, outcome: { kind: 'exited', code: 1 } },
  spec: servedBy(profiles.puma),
}).instance.ledger.lastReload;

const of7to8 = { from: { generation: 7, revision: null }, to: { generation: 8, revision: null } };

describe('a reload that has been prepared goes on', () => {
  const renew = ['timer step 15000', 'look'];
  const nginx = servedBy(profiles.nginx);
  const phpMaster = {
    ...nginxMaster,
    title: 'php-fpm: master process (/etc/php-fpm.conf)',
    catches: ['SIGUSR2'],
  } as const;
  const from = (strategy: Plan['strategy']) => reloadingIn({ ...reloads.preparing, strategy });

  const puma = servedBy(profiles.puma);
  const booting = looked([pumaMaster, pumaWorker(101), pumaWorker(102, false)]);
  const waits = { to: 'reloading/preparing', effects: ['timer look 10025'], spec: puma };
  const goesOn = { to: 'reloading/renewing', effects: ['signal 100 SIGUSR1', 'timer step 16000', 'look'], spec: puma };
  const asked = (agoMs: number) =>
    reloadingIn({ ...reloads.preparing, strategy: 'signal', requestedAt: now - agoMs, deadline: now + 6_000 });

  itSteps([
    { from: asked(1_000), event: booting, ...waits, when: 'once its workers are ready' },
    { from: asked(5_000), event: booting, ...goesOn, when: 'though a worker has not been ready for a while' },
    { from: asked(5_000), event: looked([pumaMaster]), ...waits, when: 'once it has workers' },
    {
      from: asked(6_000),
      event: looked([pumaMaster]),
      ...goesOn,
      when: 'though it had no workers for half of the time',
    },
    {
      from: { ...asked(1_000), health: { kind: 'unhealthy', problem: 'it hangs' } },
      event: booting,
      ...goesOn,
      when: 'at once where it is of no use anyhow',
    },
    {
      from: asked(1_000),
      event: booting,
      ...goesOn,
      ledger: { lastReload: failedReload },
      when: 'at once where the generation is what a failed reload has left',
    },
    {
      from: asked(1_000),
      event: booting,
      ...waits,
      ledger: { lastReload: failedReload && { ...failedReload, ...of7to8 } },
      when: 'once its workers are ready, for another generation had failed',
    },
  ]);

  itSteps([
    {
      from: from('signal'),
      event: looked(nginxProcesses),
      to: 'reloading/renewing',
      effects: ['signal 100 SIGHUP', ...renew],
      spec: nginx,
    },
    {
      from: from('signal'),
      event: looked([{ ...nginxMaster, title: 'nginx -g daemon off;' }]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      spec: nginx,
      when: 'once the master can be signalled',
    },
    {
      from: from('signal'),
      event: looked([phpMaster]),
      to: 'reloading/renewing',
      effects: ['signal 100 SIGUSR2', 'timer step 16000', 'look'],
      spec: servedBy(profiles['php-fpm']),
      when: 'within the deadline',
    },
    {
      from: from('signal'),
      event: looked([{ ...coldMaster, title: 'my-server' }]),
      to: 'reloading/renewing',
      effects: ['signal 100 SIGUSR1', ...renew],
      spec: servedBy(
        { ...profiles.none, inPlace: { signal: 'SIGUSR1', showsWithinMs: 5_000, executes: true } },
        'signal',
      ),
      when: 'where nothing is known of the processes',
    },
    {
      from: from('command'),
      event: looked(nginxProcesses),
      to: 'reloading/renewing',
      effects: ['run-reload within 6000', 'timer step 16000', 'look'],
      spec: servedBy(profiles.nginx, 'command'),
    },
    {
      from: from('restart'),
      event: looked(oldProcesses),
      to: 'stopping',
      effects: ['signal main SIGQUIT', 'timer stop 12000'],
      spec: servedBy(profiles.unicorn, 'restart'),
    },
    {
      from: from('restart'),
      event: looked([coldMaster]),
      to: 'stopping',
      effects: ['signal main SIGQUIT', 'timer stop 12000'],
      spec: servedBy(profiles.unicorn, 'restart'),
      when: 'though the master has yet to boot, for it is only stopped',
    },
    {
      from: from('restart'),
      event: looked([coldMaster]),
      to: 'stopping',
      effects: ['signal main SIGTERM', 'timer stop 12000'],
      spec: { ...servedBy(profiles.none, 'restart'), stop: { signal: 'SIGTERM', timeoutMs: 2_000 } },
      when: 'where nothing is known of the processes',
    },
  ]);

  it('knows the workers that were there before the signal, and the image of their master', () => {
    const { life } = take({ from: from('signal'), event: looked(nginxProcesses), spec: nginx }).instance;
    expect(life).toMatchObject({
      reload: {
        ...{ phase: 'renewing', image: 'old', old: [ref(101), ref(102)], expected: 2 },
        ...{ showsBy: 15_000, stuckAt: 11_000 },
        timeline: [...reloads.preparing.timeline, { phase: 'renewing', afterMs: 1_000 }],
      },
    });
  });

  it('stops the service with the rest of the reload in mind', () => {
    const spec = servedBy(profiles.unicorn, 'restart');
    const { life, ledger } = take({ from: from('restart'), event: looked(oldProcesses), spec }).instance;
    expect(life).toMatchObject({ kind: 'stopping', then: planFor('restart') });
    expect(ledger.lastReload).toBeUndefined();
  });

  it.each(['reexec', 'signal', 'command', 'restart'] as const)('by %s not before the hook has ended', (strategy) => {
    const waiting = reloadingIn({ ...reloads.preparing, strategy, step: 'hook' });
    expect(take({ from: waiting, event: looked(oldProcesses) }).effects).toEqual([]);
  });

  it('and is tried again if the master was not ready in time, which may pass', () => {
    const event = { kind: 'timer-fired', generation: generation(2), timer: 'deadline' } as const;
    const spec = { reload: { ...sampleSpec().reload, retry: { times: 3, afterMs: 500 } } };
    const { ledger } = take({ from: preparing, event, spec }).instance;
    expect(ledger.refused).toMatchObject({
      ...{ why: 'the server was not ready to be signalled in time', tries: 1, againAt: 10_500 },
    });
    const failed = take({ from: hook, event: prepared('the prepare hook exited with 1'), spec }).instance;
    expect(failed.ledger.refused).toMatchObject({ tries: 1, againAt: undefined });
  });
});
