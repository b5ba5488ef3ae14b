import { describe, expect, it } from 'vitest';
import type { Era, Life, Wish } from '../../src/machine/life.ts';
import type { InstanceEvent, MainFact } from '../../src/model/event.ts';
import { profiles } from '../../src/servers/profiles.ts';
import {
  sampleInstance,
  generation,
  lives,
  newMaster,
  now,
  oldMaster,
  planFor,
  ref,
  reloadingIn,
  reloads,
  running,
  servedBy,
  shim,
} from './sample.ts';
import { itSteps, take } from './table.ts';

const adopting = (was: Life | undefined, more: { wish?: Wish; era?: Era } = {}): Life => ({
  ...lives.adopting,
  was,
  ...more,
});
const exited = { kind: 'exited', code: 3 } as const;
const oldRuns: MainFact = { kind: 'running', process: oldMaster };
const newRuns: MainFact = { kind: 'running', process: newMaster };
const oldEnded: MainFact = { kind: 'ended', process: oldMaster, outcome: exited };
const found = (main: MainFact, empty = false): InstanceEvent => ({ kind: 'shim-found', shim, main, empty });
const absent: InstanceEvent = { kind: 'shim-absent', left: [] };
const reloadingFrom = (phase: keyof typeof reloads): Life => adopting(reloadingIn(reloads[phase]));
const whenReloading = { ledger: { newest: 2 } };
const nginx = { spec: servedBy(profiles.nginx) };

describe('a new supervisor that finds no shim', () => {
  itSteps([
    { from: adopting(undefined), event: absent, to: 'starting', effects: ['start-shim'], when: 'the first start' },
    { from: adopting(lives.down), event: absent, to: 'down', effects: [], when: 'it was stopped' },
    {
      from: adopting(lives.down, { era: 'earlier' }),
      event: absent,
      to: 'starting',
      effects: ['start-shim'],
      when: 'it was stopped in an earlier container',
    },
    { from: adopting(lives.failed), event: absent, to: 'failed', effects: [], when: 'it had failed' },
    { from: adopting(lives.backoff), event: absent, to: 'backoff', effects: ['timer backoff 11000'] },
    { from: adopting(lives.starting), event: absent, to: 'starting', effects: ['start-shim'] },
    { from: adopting(lives.stopping), event: absent, to: 'down', effects: [] },
    { from: adopting(lives.clearing), event: absent, to: 'backoff', effects: ['timer backoff 10050'] },
    { from: adopting(running), event: absent, to: 'backoff', effects: ['timer backoff 10050'] },
    { from: adopting(lives.searching), event: absent, to: 'backoff', effects: ['timer backoff 10050'] },
    { from: reloadingFrom('proving'), event: absent, to: 'backoff', effects: ['timer backoff 10050'] },
    {
      from: adopting(undefined, { wish: 'graceful' }),
      event: absent,
      to: 'starting',
      effects: ['start-shim'],
      when: 'and is to be stopped as soon as it can be',
    },
    {
      from: adopting(lives.backoff, { wish: 'graceful' }),
      event: absent,
      to: 'down',
      effects: ['timer backoff 11000'],
    },
  ]);
});

describe('a new supervisor that finds a shim', () => {
  itSteps([
    {
      from: adopting(undefined),
      event: found(oldRuns),
      to: 'reloading/preparing',
      effects: ['timer health 10500', 'timer deadline 16000', 'prepare within 6000'],
      when: 'without a journal, so that nobody knows its revision',
    },
    { from: adopting(lives.starting), event: found(oldRuns), to: 'running', effects: ['timer health 10500'] },
    { from: adopting(running), event: found(oldRuns), to: 'running', effects: ['timer health 12000'] },
    {
      from: adopting(running, { wish: 'graceful' }),
      event: found(oldRuns),
      to: 'stopping',
      effects: ['timer health 12000', 'signal main SIGQUIT', 'timer stop 12000'],
    },
    {
      from: adopting(running),
      event: found(oldEnded),
      to: 'searching',
      effects: ['timer health 12000', 'look', 'timer step 12000'],
    },
    {
      from: adopting(running),
      event: found(oldEnded, true),
      to: 'backoff',
      effects: ['timer health 12000', 'look', 'timer step 12000', 'end-shim', 'timer backoff 10050'],
    },
    {
      from: adopting(lives.stopping),
      event: found(oldRuns),
      to: 'stopping',
      effects: ['signal main SIGQUIT', `timer stop ${now}`],
    },
    {
      from: adopting(lives.clearing),
      event: found(oldEnded, true),
      to: 'backoff',
      effects: ['signal all SIGTERM', `timer stop ${now}`, 'end-shim', 'timer backoff 10050'],
    },
    { from: adopting(lives.down), event: found(oldEnded, true), to: 'down', effects: ['end-shim'] },
    {
      from: adopting(lives.backoff),
      event: found(oldEnded, true),
      to: 'backoff',
      effects: ['end-shim', 'timer backoff 11000'],
    },
    {
      from: adopting({ ...running, shim: ref(51) }),
      event: found(oldRuns),
      to: 'reloading/preparing',
      effects: ['timer health 10500', 'timer deadline 16000', 'prepare within 6000'],
      when: 'which is not the one of the journal',
    },
  ]);
});

describe('a new supervisor that takes over a reload', () => {
  itSteps([
    {
      ...whenReloading,
      from: reloadingFrom('preparing'),
      event: found(oldRuns),
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
    },
    {
      ...whenReloading,
      from: reloadingFrom('starting'),
      event: found(oldRuns),
      to: 'reloading/starting',
      effects: ['timer step 12000', 'look'],
      when: 'and does not repeat the signal',
    },
    {
      ...whenReloading,
      from: reloadingFrom('proving'),
      event: found(oldRuns),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'],
    },
    {
      ...whenReloading,
      from: reloadingFrom('proving'),
      event: found(oldEnded),
      to: 'reloading/salvaging',
      effects: [
        ...['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'],
        ...['timer deadline 16000', 'watch 200', 'name-heir 200', 'look'],
      ],
    },
    {
      ...whenReloading,
      from: reloadingFrom('retiring'),
      event: found(oldRuns),
      to: 'reloading/retiring',
      effects: ['watch 200', 'name-heir 200', 'signal 100 SIGQUIT', `timer step ${now}`],
    },
    {
      ...whenReloading,
      from: reloadingFrom('retiring'),
      event: found(newRuns),
      to: 'reloading/retiring',
      effects: [
        ...['watch 200', 'name-heir 200', 'signal 100 SIGQUIT', `timer step ${now}`],
        ...['watch 200', 'name-heir 200', 'signal 101 SIGQUIT', 'look', 'timer step 15000'],
      ],
      when: 'whose heir had succeeded unseen',
    },
    {
      ...whenReloading,
      from: reloadingFrom('salvaging'),
      event: found(oldEnded),
      to: 'reloading/salvaging',
      effects: ['timer deadline 16000', 'watch 200', 'name-heir 200', 'look'],
    },
    {
      ...whenReloading,
      from: reloadingFrom('rolling-back'),
      event: found(oldRuns),
      to: 'reloading/rolling-back',
      effects: ['watch 200', 'signal 200 SIGQUIT', `timer step ${now}`, 'look'],
    },
  ]);

  itSteps([
    {
      ...whenReloading,
      from: reloadingFrom('renewing'),
      event: found(oldRuns),
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      spec: servedBy(profiles.nginx),
      when: 'and begins again, for workers come and go by chance as well',
    },
    {
      ...whenReloading,
      from: reloadingFrom('renewing'),
      event: found(oldRuns),
      to: 'reloading/renewing',
      effects: ['timer step 12000', 'look'],
      spec: servedBy(profiles['php-fpm']),
      when: 'and does not repeat the signal to a master that may be executing itself',
    },
    {
      ...whenReloading,
      from: adopting(reloadingIn({ ...reloads.renewing, strategy: 'command' })),
      event: found(oldRuns),
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
      spec: servedBy(profiles.nginx, 'command'),
    },
    {
      ...whenReloading,
      from: adopting({ ...lives.stopping, then: planFor('restart') }),
      event: absent,
      to: 'starting',
      effects: ['start-shim'],
      spec: servedBy(profiles.unicorn, 'restart'),
    },
    {
      ...whenReloading,
      from: adopting({ ...lives.stopping, then: planFor('restart') }),
      event: found(oldEnded, true),
      to: 'starting',
      effects: [
        ...['signal main SIGQUIT', `timer stop ${now}`, 'signal all SIGTERM', `timer stop ${now}`],
        ...['end-shim', 'start-shim'],
      ],
      spec: servedBy(profiles.unicorn, 'restart'),
    },
    {
      ...whenReloading,
      from: adopting({ ...lives.starting, number: 2, plan: planFor('restart') }),
      event: found(newRuns),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'],
      spec: servedBy(profiles.unicorn, 'restart'),
    },
    {
      ...whenReloading,
      from: adopting({ ...lives.starting, number: 2, plan: planFor('restart') }),
      event: absent,
      to: 'starting',
      effects: ['start-shim'],
      spec: servedBy(profiles.unicorn, 'restart'),
    },
    {
      ...whenReloading,
      from: reloadingFrom('renewing'),
      event: found(oldRuns),
      to: 'running',
      effects: ['timer health 12000'],
      spec: servedBy(profiles.nginx, 'none'),
      when: 'which by now is configured to be none',
    },
  ]);

  it('remembers how many workers there were before the server was told', () => {
    const from = reloadingFrom('renewing');
    const { life } = take({ ...whenReloading, ...nginx, from, event: found(oldRuns) }).instance;
    expect(life).toMatchObject({ reload: { phase: 'preparing', step: 'hook', expected: 2 } });
  });

  it('asks again what the dead one was waiting to hear', () => {
    const asking = adopting(reloadingIn({ ...reloads.soaking, step: 'asking-last' }));
    const { life } = take({ ...whenReloading, from: asking, event: found(oldRuns) }).instance;
    expect(life).toMatchObject({ reload: { phase: 'soaking', step: 'holding' } });
  });
});

describe('an instance that is being adopted', () => {
  it('remembers a stop, and forgets it when it is told to start', () => {
    const asked = take({ from: lives.adopting, event: { kind: 'stop', how: 'graceful' } }).instance.life;
    expect(asked).toMatchObject({ wish: 'graceful' });
    expect(take({ from: asked, event: { kind: 'start' } }).instance.life).toEqual(lives.adopting);
  });

  it('hears no news from before', () => {
    const event = { kind: 'timer-fired', generation: generation(1), timer: 'backoff' } as const;
    expect(take({ from: lives.adopting, event }).instance).toEqual(sampleInstance(lives.adopting));
  });
});
