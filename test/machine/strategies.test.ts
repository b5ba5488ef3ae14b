/** Whole reloads by each strategy but reexec, on virtual processes. */
import { describe, expect, it } from 'vitest';
import type { ReloadOutcome } from '../../src/model/reload-record.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { habits, type InPlaceBehaviour, type InPlaceStyle } from '../rig/virtual-in-place.ts';
import type { Behaviour } from '../rig/virtual-unicorn.ts';
import { VirtualWorld, type Deployed } from '../rig/virtual-world.ts';
import { sampleConfig, sampleSpec, servedBy } from './sample.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';

type Strategy = 'overlap' | 'signal' | 'command' | 'restart';

function specFor(strategy: Strategy, style: 'unicorn' | InPlaceStyle, changes: Partial<ServiceSpec> = {}) {
  const server = style === 'unicorn' ? profiles.unicorn : habits[style].profile;
  const stop = { ...sampleSpec().stop, signal: server.signals.gracefulStop };
  // Long enough for three workers to die one after the other.
  const reload = { ...sampleSpec(servedBy(server, strategy)).reload, soakMs: 2_000 };
  return { server, reload, stop, ...changes };
}

/** A world in which the first generation serves revision r1. */
function serving(strategy: Strategy, style: 'unicorn' | InPlaceStyle, changes: Partial<ServiceSpec> = {}, seed = 1) {
  const config = sampleConfig(specFor(strategy, style, changes));
  const world = new VirtualWorld({ config, style, seed }).begin().until('running');
  world.time.runUntil(() => world.serving.length === 2, 5_000);
  world.fewest = Infinity;
  return world;
}

/** What is true at the end of every reload, however it went. */
function expectOrder(world: VirtualWorld): void {
  expect(world.violations).toEqual([]);
  expect(world.begun).toEqual(world.recorded);
  expect(world.masters.length).toBeLessThanOrEqual(1);
  expect(world.place.shim?.look().every(({ state }) => state === 'S') ?? true).toBe(true);
}

interface Row {
  readonly behaviour: Deployed;
  readonly outcome: ReloadOutcome;
  readonly why: RegExp;
  /** What serves when all is over. */
  readonly ends?: string;
}

const inPlace: readonly (Row & { readonly style: InPlaceStyle; readonly behaviour: InPlaceBehaviour })[] = [
  ...(['beside', 'by-turns', 'anew'] as const).flatMap(
    (style): (Row & { style: InPlaceStyle; behaviour: InPlaceBehaviour })[] => [
      { style, behaviour: 'good', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
      { style, behaviour: 'keeps-old', outcome: 'rolled-back', why: /^the server did not heed the reload/, ends: 'r1' },
      { style, behaviour: 'dies', outcome: 'failed', why: /^the server exited with 78 as it was reloaded/ },
      { style, behaviour: 'dies-later', outcome: 'failed', why: /as it was reloaded|has ended/ },
      { style, behaviour: 'answers-500', outcome: 'failed', why: /^the new generation answered 500/ },
      { style, behaviour: 'silent', outcome: 'failed', why: /^it was not proven in time/ },
    ],
  ),
  { style: 'beside', behaviour: 'raises', outcome: 'failed', why: /workers of the new generation have ended/ },
  { style: 'by-turns', behaviour: 'raises', outcome: 'failed', why: /workers of the new generation have ended/ },
  { style: 'beside', behaviour: 'crash-loops', outcome: 'failed', why: /workers of the new generation have ended/ },
  { style: 'by-turns', behaviour: 'crash-loops', outcome: 'failed', why: /workers of the new generation have ended/ },
  {
    ...{ style: 'beside', behaviour: 'stuck', outcome: 'failed', ends: 'r1' },
    why: /^it was not proven in time: .*1 of 2 old workers and 1 new ones serve$/,
  },
  {
    ...{ style: 'by-turns', behaviour: 'stuck', outcome: 'failed', ends: 'r1' },
    why: /^it was not proven in time: .*1 of 2 old workers and 1 new ones serve$/,
  },
];

describe('a reload under the same master, by a signal', () => {
  it.each(inPlace)('$style to what is $behaviour: $outcome', ({ style, behaviour, outcome, why, ends }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = serving('signal', style, {}, seed);
      world.deploy('r2', behaviour);
      world.until('reloading/renewing').settle();
      expect(world.records[0], `seed ${seed}`).toMatchObject({ strategy: 'signal', outcome });
      expect(world.records[0]?.why).toMatch(why);
      if (ends !== undefined) expect(world.life).toMatchObject({ kind: 'running', serving: { revision: ends } });
      expectOrder(world);
    }
  });

  it('in which new workers come first never has fewer of them than before', () => {
    const world = serving('signal', 'beside');
    const [master] = world.masters;
    world.deploy('r2', 'good');
    world.settle();
    expect(world.masters).toEqual([master]);
    expect([world.serving.length, world.records[0]?.outcome]).toEqual([2, 'reloaded']);
  });

  it('to what answers badly leaves the service unhealthy, and says for how long it was exposed', () => {
    const world = serving('signal', 'beside');
    world.deploy('r2', 'answers-500');
    world.until('reloading/proving').until('running');
    expect(world.life).toMatchObject({ serving: { number: 2, revision: 'r2' }, health: { kind: 'unhealthy' } });
    expect(world.records[0]?.exposureMs).toBeGreaterThan(0);
  });

  it('that the master does not survive is followed by a cold start', () => {
    const world = serving('signal', 'beside');
    world.deploy('r2', 'dies');
    world.until('backoff');
    world.deploy('r3', 'good');
    world.settle();
    expect(world.life).toMatchObject({ kind: 'running', serving: { revision: 'r3' } });
    expectOrder(world);
  });
});

describe('a supervisor that dies as the server is to be told', () => {
  const sampled = (['beside', 'by-turns', 'anew'] as const).flatMap((style) =>
    Array.from({ length: 9 }, (_, effects) => ({ style, effects })),
  );
  it.each(sampled)(
    'after $effects effects, and a worker with it, takes no accident for a reload ($style)',
    ({ style, effects }) => {
      const world = serving('signal', style);
      world.killSupervisorAfter(effects);
      world.deploy('r2', 'good');
      world.time.runUntil(() => !world.isSupervised, 1_000);
      world.kill(world.serving[0] ?? expect.fail('nothing serves'));
      world.settle();
      expect(world.life).toMatchObject({ kind: 'running', serving: { revision: 'r2' } });
      expectOrder(world);
    },
  );
});

describe('a reload by a command', () => {
  it.each<Row & { behaviour: InPlaceBehaviour }>([
    { behaviour: 'good', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
    {
      behaviour: 'command-fails',
      outcome: 'rolled-back',
      why: /^the reload command exited with 1: no such/,
      ends: 'r1',
    },
    { behaviour: 'dies', outcome: 'failed', why: /^the server exited with 78 as it was reloaded/ },
    { behaviour: 'answers-500', outcome: 'failed', why: /^the new generation answered 500/ },
  ])('to what is $behaviour: $outcome', ({ behaviour, outcome, why, ends }) => {
    const world = serving('command', 'beside');
    world.deploy('r2', behaviour);
    world.until('reloading/renewing').settle();
    expect(world.records[0]).toMatchObject({ strategy: 'command', outcome });
    expect(world.records[0]?.why).toMatch(why);
    if (ends !== undefined) expect(world.life).toMatchObject({ kind: 'running', serving: { revision: ends } });
    expectOrder(world);
  });
});

describe('a reload by a second start beside the first', () => {
  it.each<Row & { behaviour: Behaviour }>([
    { behaviour: 'good', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
    { behaviour: 'good-preloaded', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
    { behaviour: 'answers-500', outcome: 'rolled-back', why: /^the new generation answered 500/, ends: 'r1' },
    { behaviour: 'hangs', outcome: 'rolled-back', why: /^it was not proven in time/, ends: 'r1' },
    { behaviour: 'raises', outcome: 'rolled-back', why: /workers of the new generation have ended/, ends: 'r1' },
    { behaviour: 'raises-preloaded', outcome: 'rolled-back', why: /^the new master exited with 1/, ends: 'r1' },
  ])('to what is $behaviour: $outcome', ({ behaviour, outcome, why, ends }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = serving('overlap', 'unicorn', {}, seed);
      world.deploy('r2', behaviour);
      world.until('reloading/starting').settle();
      expect(world.records[0], `seed ${seed}`).toMatchObject({ strategy: 'overlap', outcome });
      expect(world.records[0]?.why).toMatch(why);
      expect(world.life).toMatchObject({ kind: 'running', serving: { revision: ends } });
      expect(world.fewest).toBeGreaterThanOrEqual(2);
      expectOrder(world);
    }
  });

  it.each(Array.from({ length: 12 }, (_, effects) => effects))(
    'whose supervisor dies after %i effects is finished by the next one, with one second start and no more',
    (effects) => {
      for (let seed = 1; seed <= 10; seed++) {
        const world = serving('overlap', 'unicorn', {}, seed);
        world.killSupervisorAfter(effects);
        world.deploy('r2', 'good');
        world.settle();
        expect(world.life).toMatchObject({ kind: 'running', serving: { revision: 'r2' } });
        expect(world.masters).toHaveLength(1);
        expectOrder(world);
      }
    },
  );

  it('that nobody remembers is ended by the next supervisor', () => {
    const world = serving('overlap', 'unicorn');
    world.deploy('r2', 'hangs');
    world.until('reloading/proving');
    world.forget();
    world.killSupervisor();
    world.settle();
    expect(world.masters).toHaveLength(1);
    expect(world.violations).toEqual([]);
  });
});

describe('a reload by a restart', () => {
  it.each<Row & { behaviour: Behaviour }>([
    { behaviour: 'good', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
    { behaviour: 'good-preloaded', outcome: 'reloaded', why: /^the new generation proved itself$/, ends: 'r2' },
    { behaviour: 'answers-500', outcome: 'failed', why: /^the new generation answered 500/, ends: 'r2' },
    { behaviour: 'hangs', outcome: 'failed', why: /^it was not proven in time/, ends: 'r2' },
    { behaviour: 'raises', outcome: 'failed', why: /workers of the new generation have ended/, ends: 'r2' },
    { behaviour: 'raises-preloaded', outcome: 'failed', why: /exited with 1 as it was reloaded|has ended/ },
  ])('to what is $behaviour: $outcome', ({ behaviour, outcome, why, ends }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = serving('restart', 'unicorn', {}, seed);
      const [before] = world.masters;
      world.deploy('r2', behaviour);
      world.until('reloading/preparing').until('reloading/proving').settle();
      expect(world.records[0], `seed ${seed}`).toMatchObject({ strategy: 'restart', outcome });
      expect(world.records[0]?.why).toMatch(why);
      expect(world.masters).not.toContain(before);
      if (ends !== undefined) expect(world.life).toMatchObject({ serving: { number: 2, revision: ends } });
      expectOrder(world);
    }
  });

  it('stops what ran before anything else is started, and goes by the revision of then', () => {
    const world = serving('restart', 'unicorn');
    world.deploy('r2', 'good');
    world.until('stopping');
    world.deploy('r3', 'good');
    world.settle();
    expect(world.path.slice(-8)).toEqual([
      ...['reloading/preparing', 'stopping', 'clearing', 'starting', 'reloading/proving'],
      ...['reloading/soaking', 'reloading/retiring', 'running'],
    ]);
    expect(world.records).toMatchObject([{ outcome: 'reloaded', to: { generation: 2, revision: 'r3' } }]);
    expectOrder(world);
  });

  it.each(['stopping', 'clearing', 'starting', 'reloading/proving'])(
    'that is stopped while it is %s is no more, and has failed',
    (name) => {
      const world = serving('restart', 'unicorn');
      world.deploy('r2', 'good');
      world.until(name).ask({ kind: 'stop', how: 'graceful' });
      world.settle();
      expect([world.name, world.place.shim]).toEqual(['down', undefined]);
      expect(world.records).toMatchObject([{ outcome: 'failed', why: 'an operator stopped it' }]);
      expectOrder(world);
    },
  );

  it.each(['stopping', 'clearing', 'reloading/proving'])(
    'that is restarted while it is %s is a restart, and has failed',
    (name) => {
      const world = serving('restart', 'unicorn');
      world.deploy('r2', 'good');
      world.until(name).ask({ kind: 'restart' });
      world.settle();
      expect(world.life).toMatchObject({ kind: 'running', serving: { number: 3, revision: 'r2' } });
      expect(world.records).toMatchObject([{ outcome: 'failed', why: 'an operator restarted it' }]);
      expectOrder(world);
    },
  );

  it.each(['reloading/preparing', 'stopping', 'clearing', 'starting', 'reloading/proving', 'reloading/soaking'])(
    'whose supervisor dies while it is %s is finished by the next one',
    (name) => {
      const world = serving('restart', 'unicorn');
      world.deploy('r2', 'good');
      world.until(name).killSupervisor();
      world.settle();
      expect(world.life).toMatchObject({ kind: 'running', serving: { revision: 'r2' } });
      expect(world.state.history).toMatchObject([{ outcome: 'reloaded' }]);
      expectOrder(world);
    },
  );
});

describe('a supervisor that dies between the end of what ran and the start of what follows', () => {
  it.each([0, 1, 2, 3, 4])(
    'after %i effects is followed by one that takes the empty shim for no new start',
    (effects) => {
      const world = serving('restart', 'unicorn');
      world.deploy('r2', 'good');
      world.until('clearing');
      world.time.runUntil(() => world.place.shim?.isEmpty === true, 5_000);
      world.killSupervisorAfter(effects);
      world.settle();
      expect(world.state.history).toMatchObject([{ outcome: 'reloaded', to: { generation: 2, revision: 'r2' } }]);
      expectOrder(world);
    },
  );
});

describe('a reload that failed for something that may pass', () => {
  const retry = { times: 2, afterMs: 3_000 };
  const retried = (behaviour: Behaviour, seed = 1): VirtualWorld => {
    const reload = { ...sampleSpec().reload, retry };
    const world = new VirtualWorld({ config: sampleConfig({ reload }), seed }).begin().until('running');
    world.time.runUntil(() => world.serving.length === 2, 5_000);
    world.deploy('r2', behaviour);
    return world.until('reloading/proving').until('running');
  };

  it('is tried again when it is time, as often as that is wanted, and then no more', () => {
    const world = retried('silent');
    expect(world.records).toHaveLength(1);
    const failedAt = world.time.now;
    world.until('reloading/preparing');
    expect(world.time.now - failedAt).toBe(retry.afterMs);
    world.settle();
    expect(world.records.map(({ trigger, outcome }) => [trigger, outcome])).toEqual(
      Array.from({ length: 1 + retry.times }, () => ['revision', 'rolled-back']),
    );
    expect(world.state.instances[0]?.ledger.refused).toMatchObject({ tries: 3, againAt: undefined });
    world.ask({ kind: 'reload', force: false });
    expect(world.name).toBe('running');
    expect(world.violations).toEqual([]);
  });

  it('may be tried again by the next supervisor', () => {
    const world = retried('silent');
    world.killSupervisor();
    world.until('reloading/preparing');
    expect(world.state.instances[0]?.ledger.refused).toMatchObject({ tries: 1 });
  });

  it('is over when the file changes', () => {
    const world = retried('silent');
    world.deploy('r3', 'good');
    world.settle();
    expect(world.records.map(({ to, outcome }) => [to.revision, outcome])).toEqual([
      ['r2', 'rolled-back'],
      ['r3', 'reloaded'],
    ]);
  });

  it('is not tried again where the answer was bad', () => {
    const world = retried('answers-500');
    world.settle();
    expect(world.records).toHaveLength(1);
  });
});

describe('a revision that serves', () => {
  const isRefused = ({ state }: VirtualWorld): boolean => state.instances[0]?.ledger.refused !== undefined;

  it.each<{ what: string; meddle: (world: VirtualWorld) => void }>([
    { what: 'an operator restarted it meanwhile', meddle: (world) => world.ask({ kind: 'restart' }) },
    {
      what: 'an operator stopped it meanwhile, and started it again',
      meddle: (world) => {
        world.ask({ kind: 'stop', how: 'graceful' });
        world.until('down').ask({ kind: 'start' });
      },
    },
  ])('is not refused because $what', ({ meddle }) => {
    const world = serving('restart', 'unicorn');
    world.deploy('r2', 'good');
    meddle(world.until('reloading/proving'));
    world.settle();
    expect(world.life).toMatchObject({ kind: 'running', serving: { revision: 'r2' }, health: { kind: 'healthy' } });
    expect(isRefused(world)).toBe(false);
  });
});

describe('a revision that was refused', () => {
  it('is left alone by an operator who does not insist', () => {
    const world = serving('signal', 'beside');
    world.deploy('r2', 'keeps-old');
    world.until('reloading/renewing').settle();
    world.ask({ kind: 'reload', force: false });
    world.settle();
    expect(world.records).toHaveLength(1);
    world.ask({ kind: 'reload', force: true });
    world.settle();
    expect(world.records.map(({ trigger }) => trigger)).toEqual(['revision', 'operator']);
  });
});
