import { describe, expect, it } from 'vitest';
import { idle, type Rollout } from '../../src/machine/rollout.ts';
import type { RolloutSpec } from '../../src/model/spec.ts';
import { pictureRollout, rolloutNotice } from '../../src/supervisor/rollout-picture.ts';
import { r1, r2 } from '../machine/sample.ts';

const clocks = { now: 10_000, wall: Date.parse('2026-03-01T12:00:00Z') };
const spec: RolloutSpec = {
  name: 'web-7',
  splayMs: 0,
  canary: { percent: 0, afterMs: 600_000 },
  permit: { lock: '/shared/shop.lock', atMost: 2 },
};
const waiting: Rollout = { kind: 'waiting', revision: r2, until: 70_000 };
const queueing: Rollout = { kind: 'queueing', revision: r2 };
const blocked: Rollout = { kind: 'blocked', revision: r2, problem: 'no such directory', until: 40_000 };
const moving: Rollout = { kind: 'moving', revision: r2 };
const dueAt = '2026-03-01T12:01:00.000Z';

describe('the picture of a rollout', () => {
  it.each<{ rollout: Rollout; shows: object }>([
    { rollout: waiting, shows: { state: 'waiting', dueAt, detail: '' } },
    { rollout: queueing, shows: { state: 'queueing', dueAt: null, detail: '2 at once by /shared/shop.lock' } },
    { rollout: blocked, shows: { state: 'blocked', dueAt: '2026-03-01T12:00:30.000Z', detail: 'no such directory' } },
    { rollout: moving, shows: { state: 'moving', dueAt: null, detail: '' } },
  ])('shows what is waited for while $rollout.kind', ({ rollout, shows }) => {
    expect(pictureRollout(spec, rollout, clocks)).toEqual({ revision: 'r2', canary: false, ...shows });
  });

  it('is none while nothing is in the way, or ever will be', () => {
    expect(pictureRollout(spec, idle, clocks)).toBeNull();
    expect(pictureRollout(undefined, idle, clocks)).toBeNull();
  });

  it.each([
    { canary: undefined, shown: null },
    { canary: { percent: 100, afterMs: 1 }, shown: true },
    { canary: { percent: 0, afterMs: 1 }, shown: false },
  ])('says $shown of canaries where they are $canary.percent %', ({ canary, shown }) => {
    expect(pictureRollout({ ...spec, canary }, moving, clocks)?.canary).toBe(shown);
  });
});

describe('what is told', () => {
  const told = (from: Rollout, to: Rollout): string | undefined => {
    const notice = rolloutNotice(spec, from, to, clocks);
    return notice && `${notice.level} ${notice.message} ${JSON.stringify(notice.facts)}`;
  };

  it.each<{ from: Rollout; to: Rollout; says: string | undefined }>([
    {
      from: idle,
      to: waiting,
      says: `info waiting to follow the revision {"revision":"r2","dueAt":"${dueAt}","canary":"false"}`,
    },
    {
      from: { ...waiting, revision: r1 },
      to: waiting,
      says: `info waiting to follow the revision {"revision":"r2","dueAt":"${dueAt}","canary":"false"}`,
    },
    { from: waiting, to: waiting, says: undefined },
    { from: waiting, to: idle, says: 'info nothing to wait for any more {"revision":"r2"}' },
    { from: waiting, to: moving, says: 'info following the revision {"revision":"r2"}' },
    {
      from: idle,
      to: queueing,
      says: 'info waiting for a permit to follow the revision {"revision":"r2","permits":"2 at once by /shared/shop.lock"}',
    },
    {
      from: queueing,
      to: blocked,
      says: 'warn cannot take a permit {"revision":"r2","problem":"no such directory","dueAt":"2026-03-01T12:00:30.000Z"}',
    },
    { from: blocked, to: queueing, says: undefined },
    { from: queueing, to: moving, says: 'info following the revision {"revision":"r2"}' },
    // What needs no wait: the reload itself is told.
    { from: idle, to: moving, says: undefined },
    { from: moving, to: idle, says: undefined },
  ])('of $from.kind → $to.kind is: $says', ({ from, to, says }) => {
    expect(told(from, to)).toBe(says);
  });
});
