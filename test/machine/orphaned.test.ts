import { describe, expect, it } from 'vitest';
import { findShim } from '../../src/machine/enter.ts';
import type { Life } from '../../src/machine/life.ts';
import type { InstanceEvent } from '../../src/model/event.ts';
import type { ProcessRef } from '../../src/model/process.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { generation, lives, newMaster, now, oldMaster, planFor, ref, reloadingIn, reloads, shim } from './sample.ts';
import { itSteps, take } from './table.ts';

const worker = ref(101);
const left = [oldMaster, worker];
const lost = (...processes: readonly ProcessRef[]): InstanceEvent => ({ kind: 'shim-lost', left: processes });
const found = (...processes: readonly ProcessRef[]): InstanceEvent => ({
  kind: 'orphans-found',
  generation: generation(1),
  left: processes,
});
const timer = (name: 'stop' | 'look'): InstanceEvent => ({
  kind: 'timer-fired',
  generation: generation(1),
  timer: name,
});
const look = `timer look ${now + 50}`;
const deadline = `timer stop ${now + 2_000}`;
const { orphaned } = lives;

describe('a shim that is lost', () => {
  const continued = ['orphan 100 SIGCONT', 'orphan 101 SIGCONT'];
  const begun = [deadline, 'orphan 100 SIGQUIT', ...continued, look];
  itSteps([
    { from: lives.running, event: lost(...left), to: 'orphaned', effects: begun },
    { from: lives.running, event: lost(), to: 'backoff', effects: ['timer backoff 10050'], when: 'with nothing left' },
    {
      from: lives.running,
      event: lost(worker),
      to: 'orphaned',
      effects: [deadline, 'orphan 101 SIGTERM', 'orphan 101 SIGCONT', look],
      when: 'and its main process with it',
    },
    {
      from: reloadingIn(reloads.proving),
      event: lost(oldMaster, newMaster, worker),
      to: 'orphaned',
      effects: [
        deadline,
        ...['orphan 100 SIGQUIT', 'orphan 200 SIGQUIT'],
        ...['orphan 100 SIGCONT', 'orphan 200 SIGCONT', 'orphan 101 SIGCONT', look],
      ],
      when: 'with both masters',
    },
    {
      from: reloadingIn(reloads.trying),
      event: lost(oldMaster),
      to: 'orphaned',
      effects: [deadline, 'orphan 100 SIGQUIT', 'orphan 100 SIGCONT', look, 'end-trial kill'],
    },
    {
      from: { ...lives.stopping, killAt: now + 700 },
      event: lost(...left),
      to: 'orphaned',
      effects: [`timer stop ${now + 700}`, ...continued, look],
      when: 'nobody being told twice, nor the end moved',
    },
    {
      from: { ...lives.clearing, killAt: now + 700 },
      event: lost(worker),
      to: 'orphaned',
      effects: [`timer stop ${now + 700}`, 'orphan 101 SIGCONT', look],
    },
    {
      from: lives.searching,
      event: lost(worker),
      to: 'orphaned',
      effects: [deadline, 'orphan 101 SIGTERM', 'orphan 101 SIGCONT', look],
    },
    {
      from: lives.starting,
      event: { kind: 'shim-failed', problem: 'it was killed', left: [worker] },
      to: 'orphaned',
      effects: [deadline, 'orphan 101 SIGTERM', 'orphan 101 SIGCONT', look],
    },
    {
      from: { ...lives.starting, wish: 'graceful' },
      event: { kind: 'shim-lost', left: [worker] },
      to: 'orphaned',
      effects: [deadline, 'orphan 101 SIGTERM', 'orphan 101 SIGCONT', look],
    },
  ]);

  it('in a reload is its end, which says nothing about the revision', () => {
    const { ledger } = take({ from: reloadingIn(reloads.proving), event: lost(...left) }).instance;
    expect(ledger).toMatchObject({ lastReload: { outcome: 'failed', why: 'the shim is gone' }, refused: undefined });
  });
});

describe('what a shim has left', () => {
  itSteps([
    { from: orphaned, event: found(...left), to: 'orphaned', effects: [look], when: 'and was told already' },
    {
      from: orphaned,
      event: found(oldMaster, worker, ref(102)),
      to: 'orphaned',
      effects: ['orphan 102 SIGCONT', look],
      when: 'with another worker',
    },
    {
      from: orphaned,
      event: found(worker),
      to: 'orphaned',
      effects: ['orphan 101 SIGTERM', look],
      when: 'its master having gone',
    },
    { from: orphaned, event: timer('look'), to: 'orphaned', effects: ['find-orphans 3'] },
    {
      from: orphaned,
      event: timer('stop'),
      to: 'orphaned',
      effects: ['orphan 100 SIGKILL', 'orphan 101 SIGKILL', `timer stop ${now + 1_000}`],
    },
    {
      from: { ...orphaned, signal: 'SIGKILL' },
      event: found(oldMaster, ref(102)),
      to: 'orphaned',
      effects: ['orphan 102 SIGKILL', 'orphan 102 SIGCONT', `timer look ${now + 250}`],
      when: 'what has come since being killed at once',
    },
    {
      from: { ...orphaned, signal: 'SIGKILL' },
      event: { kind: 'stop', how: 'quick' },
      to: 'orphaned',
      effects: [],
      when: 'for nothing is quicker',
    },
    {
      from: { ...orphaned, killAt: now + 1 },
      event: timer('stop'),
      to: 'orphaned',
      effects: [],
      when: 'it being too early',
    },
    { from: orphaned, event: { kind: 'stop', how: 'graceful' }, to: 'orphaned', effects: [] },
    {
      from: { ...orphaned, killAt: now + 60_000 },
      event: { kind: 'stop', how: 'graceful' },
      to: 'orphaned',
      effects: [deadline],
      when: 'within the stop timeout',
    },
    {
      from: orphaned,
      event: { kind: 'stop', how: 'quick' },
      to: 'orphaned',
      effects: ['orphan 100 SIGTERM'],
      when: 'the master being told again',
      spec: { server: profiles.unicorn },
    },
    { from: orphaned, event: { kind: 'emptied' }, to: 'orphaned', effects: [], when: 'which no shim can say' },
  ]);
});

describe('when nothing is left', () => {
  const plan = planFor('restart');
  itSteps([
    { from: orphaned, event: found(), to: 'backoff', effects: ['timer backoff 10050'] },
    { from: { ...orphaned, then: 'rest' }, event: found(), to: 'down', effects: [] },
    { from: { ...orphaned, then: 'restart' }, event: found(), to: 'starting', effects: ['start-shim'] },
    { from: { ...orphaned, then: plan }, event: found(), to: 'starting', effects: ['start-shim'], when: 'as planned' },
  ]);

  it('the last wish counts', () => {
    const thenOf = (life: Life) => ('then' in life ? life.then : undefined);
    const stopped = take({ from: orphaned, event: { kind: 'stop', how: 'graceful' } }).instance.life;
    expect(thenOf(stopped)).toBe('rest');
    const started = take({ from: stopped, event: { kind: 'start' } }).instance.life;
    expect(thenOf(started)).toBe('restart');
    expect(thenOf(take({ from: { ...orphaned, then: plan }, event: { kind: 'start' } }).instance.life)).toBe(plan);
    const planned = take({ from: { ...orphaned, then: plan }, event: { kind: 'restart' } }).instance;
    expect([thenOf(planned.life), planned.ledger.lastReload?.why]).toEqual(['restart', 'an operator restarted it']);
  });
});

describe('a new supervisor that finds no shim but what one has left', () => {
  const absent: InstanceEvent = { kind: 'shim-absent', left };
  const adopting = (was: Life | undefined, era: 'same' | 'earlier' = 'same', wish: 'run' | 'graceful' = 'run') =>
    ({ ...lives.adopting, was, era, wish }) as const;
  const plan = planFor('restart');

  it.each([
    { what: 'nothing', was: undefined, then: 'restart' },
    { what: 'running', was: lives.running, then: 'decide' },
    { what: 'reloading', was: reloadingIn(reloads.proving), then: 'decide' },
    { what: 'starting', was: lives.starting, then: 'restart' },
    { what: 'starting as planned', was: { ...lives.starting, plan }, then: plan },
    { what: 'starting, and to be stopped', was: { ...lives.starting, wish: 'graceful' } as const, then: 'rest' },
    { what: 'searching', was: lives.searching, then: 'decide' },
    { what: 'stopping', was: lives.stopping, then: 'rest' },
    { what: 'clearing', was: lives.clearing, then: 'decide' },
    { what: 'orphaned', was: orphaned, then: 'decide' },
    { what: 'backoff', was: lives.backoff, then: 'restart' },
    { what: 'down', was: lives.down, then: 'rest' },
    { what: 'failed', was: lives.failed, then: 'decide' },
  ])('ends it first, where the journal says $what', ({ was, then }) => {
    const { life } = take({ from: adopting(was), event: absent }).instance;
    expect(life).toMatchObject({ kind: 'orphaned', left, then });
  });

  it('starts it anew under another init, whatever was wanted under the one before', () => {
    const { life } = take({ from: adopting(lives.down, 'earlier'), event: absent }).instance;
    expect(life).toMatchObject({ kind: 'orphaned', left, then: 'restart' });
  });

  it('tells the main process that it knows of first', () => {
    const { life } = take({ from: adopting(lives.running, 'earlier'), event: absent }).instance;
    expect(life).toMatchObject({ kind: 'orphaned', masters: [oldMaster], told: [oldMaster] });
  });

  it('honours the stop that was asked for meanwhile', () => {
    const { life } = take({ from: adopting(lives.running, 'same', 'graceful'), event: absent }).instance;
    expect(life).toMatchObject({ kind: 'orphaned', then: 'rest' });
  });

  it('goes on as planned where nothing is left by now', () => {
    const gone: InstanceEvent = { kind: 'shim-absent', left: [] };
    expect(take({ from: adopting({ ...orphaned, then: 'rest' }), event: gone }).instance.life.kind).toBe('down');
  });

  it.each([
    { was: lives.running, era: 'same', known: [shim, oldMaster] },
    { was: reloadingIn(reloads.soaking), era: 'same', known: [shim, oldMaster, newMaster] },
    { was: orphaned, era: 'same', known: [oldMaster, ...left] },
    { was: lives.running, era: 'earlier', known: [] },
    { was: undefined, era: 'same', known: [] },
  ] as const)('looks for $known, of the $era init', ({ was, era, known }) => {
    expect(findShim(adopting(was, era))).toEqual({ kind: 'find-shim', known });
  });
});
