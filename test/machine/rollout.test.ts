import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance, Life } from '../../src/machine/life.ts';
import {
  admittedRevision,
  idle,
  lacks,
  permitRetryMs,
  readingAfter,
  stepRollout,
  type Rollout,
  type Situation,
} from '../../src/machine/rollout.ts';
import type { Revision } from '../../src/model/identity.ts';
import type { RolloutEffect, RolloutEvent } from '../../src/model/rollout.ts';
import type { RolloutSpec } from '../../src/model/spec.ts';
import {
  lives,
  old,
  plan,
  r1,
  r2,
  reloadingIn,
  reloads,
  running,
  sampleConfig,
  sampleInstance,
  sampleSpec,
  now,
} from './sample.ts';

const r3 = 'r3' as Revision;
const readAt = 10_000;
const afterMs = 600_000;
const permit = { lock: '/lock', atMost: 2 };

/** A borginit that is no canary: it waits from `readAt` for ten minutes. */
const later: RolloutSpec = { name: 'web-7', splayMs: 0, canary: { percent: 0, afterMs }, permit: undefined };
const first: RolloutSpec = { ...later, canary: { percent: 100, afterMs } };
const queued: RolloutSpec = { ...later, canary: undefined, permit };
const both: RolloutSpec = { ...later, permit };
const until = readAt + afterMs;

const waiting: Rollout = { kind: 'waiting', revision: r2, until };
const queueing: Rollout = { kind: 'queueing', revision: r2 };
const blocked: Rollout = { kind: 'blocked', revision: r2, problem: 'no directory', until: 50_000 };
const moving: Rollout = { kind: 'moving', revision: r2 };

const serves = (revision: Revision): Life => ({ ...running, serving: { ...old, revision } });
/** To that revision, because the file said so. */
const reloadsTo = (revision: Revision): Life =>
  reloadingIn({ ...reloads.preparing, ...plan, target: { number: 2, revision } });

interface Case {
  readonly spec: RolloutSpec;
  readonly from: Rollout;
  /** What the one instance does, and what the file says. */
  readonly life: Life;
  readonly file: Revision | undefined;
  readonly event?: RolloutEvent;
  readonly at: number;
}

function step({ spec, from, life, file, event, at }: Case) {
  const situation: Situation = { instances: [sampleInstance(life)], revision: file, readAt, rollout: from };
  return stepRollout(sampleConfig({}, { rollout: spec }), situation, event, at);
}

const describeEffect = (effect: RolloutEffect): string =>
  effect.kind === 'timer' ? `timer ${effect.at}` : effect.kind;

const due = { kind: 'due' } as const;
const taken = { kind: 'permit-taken' } as const;
const lost = { kind: 'permit-lost', problem: 'gone' } as const;

describe('the rollout', () => {
  it.each<{ when: string; to: Rollout; effects: string[] } & Case>([
    // Somebody lacks the file's revision.
    { when: 'a canary', spec: first, from: idle, life: running, file: r2, at: readAt, to: moving, effects: [] },
    {
      when: 'no canary',
      spec: later,
      from: idle,
      life: running,
      file: r2,
      at: readAt,
      to: waiting,
      effects: [`timer ${until}`],
    },
    { when: 'no canary, late', spec: later, from: idle, life: running, file: r2, at: until, to: moving, effects: [] },
    {
      when: 'permits',
      spec: queued,
      from: idle,
      life: running,
      file: r2,
      at: readAt,
      to: queueing,
      effects: ['take-permit'],
    },
    {
      when: 'both',
      spec: both,
      from: idle,
      life: running,
      file: r2,
      at: readAt,
      to: waiting,
      effects: [`timer ${until}`],
    },
    // Nobody does.
    { when: 'it is served', spec: later, from: idle, life: running, file: r1, at: readAt, to: idle, effects: [] },
    {
      when: 'there is no file',
      spec: later,
      from: idle,
      life: running,
      file: undefined,
      at: readAt,
      to: idle,
      effects: [],
    },
    {
      when: 'it is started',
      spec: later,
      from: idle,
      life: lives.backoff,
      file: r2,
      at: readAt,
      to: idle,
      effects: [],
    },
    // A wait.
    { when: 'goes on', spec: later, from: waiting, life: running, file: r2, at: until - 1, to: waiting, effects: [] },
    {
      when: 'rings early',
      spec: later,
      from: waiting,
      life: running,
      file: r2,
      event: due,
      at: until - 1,
      to: waiting,
      effects: [`timer ${until}`],
    },
    {
      when: 'is over',
      spec: later,
      from: waiting,
      life: running,
      file: r2,
      event: due,
      at: until,
      to: moving,
      effects: [],
    },
    {
      when: 'is over, permits',
      spec: both,
      from: waiting,
      life: running,
      file: r2,
      event: due,
      at: until,
      to: queueing,
      effects: ['take-permit'],
    },
    { when: 'changed back', spec: later, from: waiting, life: running, file: r1, at: 20_000, to: idle, effects: [] },
    {
      when: 'a newer one',
      spec: later,
      from: waiting,
      life: running,
      file: r3,
      at: readAt,
      to: { ...waiting, revision: r3 },
      effects: [`timer ${until}`],
    },
    {
      when: 'an operator was faster',
      spec: later,
      from: waiting,
      life: reloadingIn({ ...reloads.preparing, trigger: 'operator' }),
      file: r2,
      at: 20_000,
      to: idle,
      effects: [],
    },
    {
      when: 'it is restarted',
      spec: later,
      from: waiting,
      life: lives.stopping,
      file: r2,
      at: 20_000,
      to: idle,
      effects: [],
    },
    // The queue.
    { when: 'goes on', spec: queued, from: queueing, life: running, file: r2, at: readAt, to: queueing, effects: [] },
    {
      when: 'is over',
      spec: queued,
      from: queueing,
      life: running,
      file: r2,
      event: taken,
      at: readAt,
      to: moving,
      effects: [],
    },
    {
      when: 'changed back',
      spec: queued,
      from: queueing,
      life: running,
      file: r1,
      at: readAt,
      to: idle,
      effects: ['release-permit'],
    },
    {
      when: 'a newer one keeps the place',
      spec: queued,
      from: queueing,
      life: running,
      file: r3,
      at: readAt,
      to: { ...queueing, revision: r3 },
      effects: [],
    },
    {
      when: 'a newer one waits',
      spec: both,
      from: queueing,
      life: running,
      file: r3,
      at: readAt,
      to: { ...waiting, revision: r3 },
      effects: ['release-permit', `timer ${until}`],
    },
    {
      when: 'no permit to be had',
      spec: queued,
      from: queueing,
      life: running,
      file: r2,
      event: lost,
      at: 20_000,
      to: { ...blocked, problem: 'gone', until: 50_000 },
      effects: ['timer 50000'],
    },
    // No permit to be had.
    { when: 'for a while', spec: queued, from: blocked, life: running, file: r2, at: 49_999, to: blocked, effects: [] },
    {
      when: 'and again',
      spec: queued,
      from: blocked,
      life: running,
      file: r2,
      event: due,
      at: 50_000,
      to: queueing,
      effects: ['take-permit'],
    },
    { when: 'changed back', spec: queued, from: blocked, life: running, file: r1, at: 20_000, to: idle, effects: [] },
    {
      when: 'a newer one',
      spec: queued,
      from: blocked,
      life: running,
      file: r3,
      at: 20_000,
      to: { ...queueing, revision: r3 },
      effects: ['take-permit'],
    },
    // Instances move.
    {
      when: 'one reloads',
      spec: queued,
      from: moving,
      life: reloadsTo(r2),
      file: r2,
      at: 20_000,
      to: moving,
      effects: [],
    },
    {
      when: 'one reloads, changed back',
      spec: queued,
      from: moving,
      life: reloadsTo(r2),
      file: r1,
      at: 20_000,
      to: moving,
      effects: [],
    },
    {
      when: 'one reloads, a newer one',
      spec: first,
      from: moving,
      life: reloadsTo(r2),
      file: r3,
      at: 20_000,
      to: moving,
      effects: [],
    },
    {
      when: 'one is yet to begin',
      spec: queued,
      from: moving,
      life: running,
      file: r2,
      at: 20_000,
      to: moving,
      effects: [],
    },
    {
      when: 'all have',
      spec: queued,
      from: moving,
      life: serves(r2),
      file: r2,
      at: 20_000,
      to: idle,
      effects: ['release-permit'],
    },
    { when: 'all have', spec: first, from: moving, life: serves(r2), file: r2, at: 20_000, to: idle, effects: [] },
    {
      when: 'all have, a newer one',
      spec: queued,
      from: moving,
      life: serves(r2),
      file: r3,
      at: 20_000,
      to: { ...queueing, revision: r3 },
      effects: ['release-permit', 'take-permit'],
    },
    {
      when: 'all have, a newer one',
      spec: later,
      from: moving,
      life: serves(r2),
      file: r3,
      at: 20_000,
      to: { ...waiting, revision: r3 },
      effects: [`timer ${until}`],
    },
    {
      when: 'a newer one',
      spec: first,
      from: moving,
      life: running,
      file: r3,
      at: 20_000,
      to: { ...moving, revision: r3 },
      effects: [],
    },
    {
      when: 'the permit is gone',
      spec: queued,
      from: moving,
      life: reloadsTo(r2),
      file: r2,
      event: lost,
      at: 20_000,
      to: { ...blocked, problem: 'gone' },
      effects: ['timer 50000'],
    },
    // What comes too late.
    {
      when: 'nobody waits',
      spec: queued,
      from: idle,
      life: running,
      file: r1,
      event: taken,
      at: readAt,
      to: idle,
      effects: [],
    },
    {
      when: 'nobody waits',
      spec: queued,
      from: idle,
      life: running,
      file: r1,
      event: lost,
      at: readAt,
      to: idle,
      effects: [],
    },
    {
      when: 'nobody waits',
      spec: later,
      from: idle,
      life: running,
      file: r1,
      event: due,
      at: readAt,
      to: idle,
      effects: [],
    },
    {
      when: 'nobody queues',
      spec: both,
      from: waiting,
      life: running,
      file: r2,
      event: taken,
      at: readAt,
      to: waiting,
      effects: [],
    },
    // A supervisor that takes over in the middle of a reload.
    {
      when: 'one reloads already',
      spec: queued,
      from: idle,
      life: reloadsTo(r2),
      file: r2,
      at: readAt,
      to: queueing,
      effects: ['take-permit'],
    },
  ])('$from.kind + $event.kind → $to.kind: $when', (row) => {
    const next = step(row);
    expect(next.rollout).toEqual(row.to);
    expect(next.effects.map(describeEffect)).toEqual(row.effects);
    if (row.to === row.from) expect(next.rollout).toBe(row.from);
  });

  it('tries again half a minute after no permit could be had', () => {
    expect(permitRetryMs).toBe(30_000);
  });

  it('that is none stays as it is, whatever is read', () => {
    const situation = { instances: [sampleInstance(running)], revision: r2, readAt, rollout: idle };
    expect(stepRollout(sampleConfig(), situation, undefined, readAt)).toEqual({ rollout: idle, effects: [] });
  });
});

describe('an instance lacks the revision of the file', () => {
  const follows = sampleSpec();
  it.each<{ life: Life; revision: Revision; lacking: boolean }>([
    { life: running, revision: r2, lacking: true },
    { life: running, revision: r1, lacking: false },
    { life: lives.searching, revision: r2, lacking: true },
    { life: lives.starting, revision: r2, lacking: true },
    { life: lives.starting, revision: r1, lacking: false },
    { life: { ...lives.starting, wish: 'graceful' }, revision: r2, lacking: false },
    { life: reloadsTo(r2), revision: r2, lacking: false },
    { life: reloadsTo(r2), revision: r1, lacking: false },
    { life: reloadsTo(r2), revision: r3, lacking: true },
    { life: lives.adopting, revision: r2, lacking: false },
    { life: lives.stopping, revision: r2, lacking: false },
    { life: lives.clearing, revision: r2, lacking: false },
    { life: lives.backoff, revision: r2, lacking: false },
    { life: lives.down, revision: r2, lacking: false },
    { life: lives.failed, revision: r2, lacking: false },
  ])('while $life.kind, $revision: $lacking', ({ life, revision, lacking }) => {
    expect(lacks(follows, sampleInstance(life), revision, now)).toBe(lacking);
  });

  it('not where it does not follow it, cannot, or has been rolled back from it', () => {
    const { reload } = follows;
    expect(lacks({ ...follows, reload: { ...reload, on: 'request' } }, sampleInstance(running), r2, now)).toBe(false);
    expect(lacks({ ...follows, reload: { ...reload, strategy: 'none' } }, sampleInstance(running), r2, now)).toBe(
      false,
    );
    const refused = { revision: r2, why: 'it was bad', tries: 1, againAt: undefined };
    expect(lacks(follows, sampleInstance(running, { refused }), r2, now)).toBe(false);
  });

  it('again when a failure that may pass is to be tried once more', () => {
    const refused = { revision: r2, why: 'it was silent', tries: 1, againAt: now };
    expect(lacks(follows, sampleInstance(running, { refused }), r2, now - 1)).toBe(false);
    expect(lacks(follows, sampleInstance(running, { refused }), r2, now)).toBe(true);
  });
});

describe('a reading', () => {
  it.each([
    { what: 'nothing was known', before: undefined, readAt: 500 },
    { what: 'the same was known', before: { revision: r2, readAt: 100 }, readAt: 100 },
    { what: 'another one was known', before: { revision: r1, readAt: 100 }, readAt: 500 },
    { what: 'the clock has begun anew', before: { revision: r2, readAt: 900 }, readAt: 500 },
  ])('counts from $readAt where $what', ({ before, readAt: from }) => {
    expect(readingAfter(before, r2, 500)).toEqual({ revision: r2, readAt: from });
  });
});

describe('the revision that instances may move to', () => {
  const admitted = (rollout: Rollout, spec: RolloutSpec | undefined, revision: Revision): Revision | undefined =>
    admittedRevision(sampleConfig({}, { rollout: spec }), { instances: [], readAt, revision, rollout });

  it('is that of the file where nothing is rolled out', () => {
    expect(admitted(idle, undefined, r2)).toBe(r2);
  });

  it.each([idle, waiting, queueing, blocked])('is none while $kind', (rollout) => {
    expect(admitted(rollout, both, r2)).toBeUndefined();
  });

  it('is the one that is moved to, for as long as the file names it', () => {
    expect(admitted(moving, both, r2)).toBe(r2);
    expect(admitted(moving, both, r3)).toBeUndefined();
  });
});

/** Anything that can be true of one borginit. */
const anyLife = fc.constantFrom<Life>(...Object.values(lives), reloadsTo(r2), reloadsTo(r3), serves(r2), serves(r3));
const anyRevision = fc.constantFrom<Revision | undefined>(r1, r2, r3, undefined);
const anySpec = fc.record({
  name: fc.constantFrom('web-1', 'web-2', 'web-3'),
  splayMs: fc.constantFrom(0, 30_000),
  canary: fc.constantFrom(undefined, ...[0, 50, 100].map((percent) => ({ percent, afterMs }))),
  permit: fc.constantFrom(undefined, permit),
});
const anyEvent = fc.constantFrom<RolloutEvent | undefined>(undefined, due, taken, lost);
const anyStep = fc.record({ life: anyLife, file: anyRevision, event: anyEvent, passMs: fc.nat(400_000) });

describe('whatever happens', () => {
  it('a permit is asked for once, given back once, and held by whoever moves', () => {
    fc.assert(
      fc.property(anySpec, fc.array(anyStep, { maxLength: 30 }), (spec, steps) => {
        let rollout: Rollout = idle;
        let reading = readingAfter(undefined, r1, 0);
        let [at, asked, timerAt] = [0, false, Infinity];
        for (const { life, file, event, passMs } of steps) {
          at += passMs;
          reading = readingAfter(reading, file, at);
          // Only who has asked for a permit is told of one.
          const heard = asked || event === due ? event : undefined;
          if (heard === lost) asked = false;
          const situation: Situation = {
            instances: [sampleInstance(life)] as readonly Instance[],
            ...reading,
            rollout,
          };
          const next = stepRollout(sampleConfig({}, { rollout: spec }), situation, heard, at);
          for (const effect of next.effects) {
            if (effect.kind === 'timer') timerAt = effect.at;
            else {
              expect(asked).toBe(effect.kind === 'release-permit');
              asked = effect.kind === 'take-permit';
            }
          }
          ({ rollout } = next);
          const needs = rollout.kind === 'queueing' || rollout.kind === 'moving';
          expect(asked).toBe(spec.permit !== undefined && needs);
          if ('until' in rollout) expect([timerAt, rollout.until > at]).toEqual([rollout.until, true]);
        }
      }),
    );
  });
});
