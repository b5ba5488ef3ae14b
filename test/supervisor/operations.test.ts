import { describe, expect, it } from 'vitest';
import type { Instance, Life } from '../../src/machine/life.ts';
import type { SupervisorState } from '../../src/machine/supervisor.ts';
import type { Operation } from '../../src/model/operation.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { commandFor, refusal, resultOf } from '../../src/supervisor/operations.ts';
import {
  lives,
  old,
  r1,
  r2,
  reloadingIn,
  reloads,
  running,
  sampleInstance,
  sampleReloading,
  sampleSpec,
  servedBy,
} from '../machine/sample.ts';
import { sampleReload } from '../surfaces/sample.ts';

const generation = (number: number): Life => ({ ...running, serving: { ...old, number } });
const up = sampleInstance(running);
const serving: Pick<SupervisorState, 'stage' | 'revision'> = { stage: 'serving', revision: r1 };
const next = sampleInstance(generation(2), { newest: 2 });
const exited = { kind: 'exited', code: 3 } as const;

describe('an operation', () => {
  it('is a command; a stop is graceful', () => {
    expect(commandFor({ kind: 'stop' })).toEqual({ kind: 'stop', how: 'graceful' });
    expect(commandFor({ kind: 'start' })).toEqual({ kind: 'start' });
    expect(commandFor({ kind: 'restart' })).toEqual({ kind: 'restart' });
    expect(commandFor({ kind: 'reload' })).toEqual({ kind: 'reload', force: false });
    expect(commandFor({ kind: 'reload', force: true })).toEqual({ kind: 'reload', force: true });
  });

  it.each([
    { life: running, refused: undefined },
    { life: reloadingIn(reloads.soaking), refused: undefined },
    { life: lives.backoff, refused: undefined },
    { life: lives.down, refused: 'cannot reload web.1: it is down' },
  ] as const)('reload of $life.kind is refused: $refused', ({ life, refused }) => {
    expect(refusal({ kind: 'reload' }, serving, sampleSpec(), sampleInstance(life))).toBe(refused);
    expect(refusal({ kind: 'restart' }, serving, sampleSpec(), sampleInstance(life))).toBeUndefined();
  });

  it.each(['leaving', 'left'] as const)('is refused when borginit is %s, but for a stop', (stage) => {
    expect(refusal({ kind: 'start' }, { ...serving, stage }, sampleSpec(), up)).toBe(
      'cannot start web.1: borginit is leaving',
    );
    expect(refusal({ kind: 'stop' }, { ...serving, stage }, sampleSpec(), up)).toBeUndefined();
  });

  it('reload is refused where the server has no way to', () => {
    const spec = sampleSpec(servedBy(profiles.none));
    expect(refusal({ kind: 'reload' }, serving, spec, up)).toBe(
      'cannot reload web.1: server "none" has no way to reload; restart it instead',
    );
  });

  describe('to a revision that was refused', () => {
    const refused = { revision: r2, why: 'the new generation answered 500', tries: 1, againAt: undefined };
    const quarantined: Instance = sampleInstance(running, { refused });
    const toR2 = { ...serving, revision: r2 };
    const refusalOf = (operation: Pick<Operation, 'kind' | 'force'>, of = quarantined, state: typeof toR2 = toR2) =>
      refusal(operation, state, sampleSpec(), of);

    it('is refused, with the reason of then and the way round it', () => {
      expect(refusalOf({ kind: 'reload' })).toBe(
        'cannot reload web.1: revision r2 was refused: the new generation answered 500; --force tries it again',
      );
    });

    it('is done with force, or if there is another revision by now', () => {
      expect(refusalOf({ kind: 'reload', force: true })).toBeUndefined();
      expect(refusalOf({ kind: 'reload' }, quarantined, { ...serving, revision: r1 })).toBeUndefined();
      expect(refusalOf({ kind: 'reload' }, up)).toBeUndefined();
    });

    it('is no matter for a restart, nor where a start would follow', () => {
      expect(refusalOf({ kind: 'restart' })).toBeUndefined();
      expect(refusalOf({ kind: 'reload' }, sampleInstance(lives.backoff, { refused }))).toBeUndefined();
    });
  });
});

interface Row {
  readonly kind: Operation['kind'];
  readonly before: Instance;
  readonly now: Instance;
  readonly ends: string;
}

const reloaded = sampleReload({ to: { generation: 2, revision: 'r2' } });
const rolledBack = { ...reloaded, outcome: 'rolled-back', why: 'it was bad' } as const;
const bad = { revision: r2, why: 'it was bad', tries: 1, againAt: undefined };
const reloading = sampleReloading(reloads.soaking);

describe('the result', () => {
  it.each<Row>([
    { kind: 'stop', before: up, now: up, ends: 'not yet' },
    { kind: 'stop', before: up, now: sampleInstance(lives.stopping), ends: 'not yet' },
    { kind: 'stop', before: up, now: sampleInstance(lives.down), ends: 'well: down' },
    {
      kind: 'stop',
      before: up,
      now: sampleInstance({ ...lives.down, outcome: exited }),
      ends: 'well: down, exited with 3',
    },
    { kind: 'stop', before: up, now: next, ends: 'badly: somebody has started it again' },
    { kind: 'stop', before: sampleInstance(lives.starting), now: up, ends: 'badly: somebody has started it again' },
    { kind: 'start', before: sampleInstance(lives.starting), now: up, ends: 'well: running, generation 1' },
    { kind: 'restart', before: sampleInstance(lives.starting), now: up, ends: 'well: running, generation 1' },
    { kind: 'start', before: up, now: sampleInstance(lives.down), ends: 'badly: somebody has stopped it again' },
    { kind: 'restart', before: up, now: sampleInstance(lives.down), ends: 'badly: somebody has stopped it again' },
    { kind: 'start', before: sampleInstance(lives.down), now: next, ends: 'well: running, generation 2' },
    { kind: 'start', before: up, now: up, ends: 'well: running, generation 1' },
    { kind: 'start', before: up, now: sampleInstance(lives.backoff), ends: 'badly: it exited with 3' },
    { kind: 'restart', before: up, now: up, ends: 'not yet' },
    { kind: 'restart', before: up, now: next, ends: 'well: running, generation 2' },
    { kind: 'restart', before: up, now: sampleInstance(lives.failed), ends: 'badly: it exited with 3' },
    { kind: 'restart', before: up, now: sampleInstance({ ...lives.down, why: 'completed' }), ends: 'well: down' },
    { kind: 'reload', before: up, now: reloading, ends: 'not yet' },
    {
      kind: 'reload',
      before: up,
      now: sampleInstance(generation(2), { newest: 2, lastReload: reloaded }),
      ends: 'well: reloaded: the new generation serves',
    },
    {
      kind: 'reload',
      before: up,
      now: sampleInstance(running, {
        newest: 2,
        lastReload: { ...reloaded, outcome: 'rolled-back', why: 'it was bad' },
      }),
      ends: 'badly: rolled-back: it was bad',
    },
    { kind: 'reload', before: sampleInstance(lives.backoff), now: next, ends: 'well: running, generation 2' },
    { kind: 'reload', before: up, now: sampleInstance(lives.down), ends: 'badly: it is down' },
    {
      kind: 'reload',
      before: reloading,
      now: sampleReloading(reloads.preparing, { newest: 3, lastReload: reloaded }),
      ends: 'not yet',
    },
    {
      kind: 'reload',
      before: reloading,
      now: sampleInstance(generation(3), {
        newest: 3,
        lastReload: { ...reloaded, to: { generation: 3, revision: 'r2' } },
      }),
      ends: 'well: reloaded: the new generation serves',
    },
    {
      kind: 'reload',
      before: reloading,
      now: sampleInstance(generation(3), { newest: 3, lastReload: { ...reloaded, outcome: 'failed' } }),
      ends: 'well: running, generation 3',
    },
    {
      kind: 'reload',
      before: reloading,
      now: sampleInstance(running, { newest: 2, lastReload: rolledBack, refused: bad }),
      ends: 'badly: cannot reload web.1: revision r2 was refused: it was bad; --force tries it again',
    },
    {
      kind: 'reload',
      before: reloading,
      now: sampleInstance(running, { newest: 2, lastReload: rolledBack, refused: bad, reloadAsked: 'forced' }),
      ends: 'not yet',
    },
    {
      kind: 'reload',
      before: reloading,
      now: sampleReloading(reloads.preparing, { newest: 3, lastReload: rolledBack, refused: bad }),
      ends: 'not yet',
    },
  ])('of $kind asked in $before.life.kind, in $now.life.kind: $ends', ({ kind, before, now, ends }) => {
    const result = resultOf(kind, before, now);
    expect(result === undefined ? 'not yet' : `${result.ok ? 'well' : 'badly'}: ${result.what}`).toBe(ends);
  });
});
