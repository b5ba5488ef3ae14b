/** Whole reloads in which the new generation comes worker by worker, on virtual processes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../src/model/spec.ts';
import type { Behaviour } from '../rig/virtual-unicorn.ts';
import { VirtualWorld, type WorldOptions } from '../rig/virtual-world.ts';
import { sampleConfig, sampleSpec } from './sample.ts';

const workers = 3;
const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

function serving(options: Omit<WorldOptions, 'config'> = {}, changes: Partial<ServiceSpec> = {}): VirtualWorld {
  const reload = { ...sampleSpec().reload, handover: 'stepwise', timeoutMs: 20_000 } as const;
  const world = new VirtualWorld({ config: sampleConfig({ reload, ...changes }), workers, ...options }).begin();
  world.until('running').time.runUntil(() => world.serving.length === workers, 5_000);
  world.fewest = Infinity;
  world.most = 0;
  return world;
}

function expectOrder(world: VirtualWorld): void {
  expect(world.violations).toEqual([]);
  expect(world.begun).toEqual(world.recorded);
  expect(world.place.shim?.look().every(({ state }) => state === 'S')).toBe(true);
  expect([world.masters.length, world.workers.length, world.serving.length]).toEqual([1, workers, workers]);
}

describe('a new generation that comes worker by worker', () => {
  it.each(seeds)('takes over with never fewer workers that serve, and one more at most (seed %i)', (seed) => {
    const world = serving({ seed });
    const [old] = world.masters;
    world.deploy('r2', seed % 2 === 0 ? 'good' : 'good-preloaded');
    world.until('reloading/handing-over');
    expect(world.workers).toHaveLength(workers + 1);
    world.most = 0;
    world.settle();
    expect(world.records[0]).toMatchObject({ outcome: 'reloaded', why: 'the new generation proved itself' });
    expect(world.masters[0]).not.toBe(old);
    expect([world.fewest, world.most]).toEqual([workers, workers + 1]);
    expectOrder(world);
  });

  it.each(seeds)('takes before it adds where there is no memory for one more (seed %i)', (seed) => {
    const world = serving({ seed, fitting: workers });
    world.deploy('r2', 'good');
    world.until('reloading/handing-over');
    world.most = 0;
    world.time.runUntil(() => world.workers.length === workers, 5_000);
    world.most = 0;
    world.settle();
    expect(world.records[0]).toMatchObject({ outcome: 'reloaded' });
    expect([world.fewest, world.most]).toEqual([workers - 1, workers]);
    expectOrder(world);
  });

  it('waits for memory until the deadline, and then goes back', () => {
    const world = serving({ fitting: 1 });
    const [old] = world.masters;
    world.deploy('r2', 'good');
    world.settle();
    expect(world.records[0]).toMatchObject({ outcome: 'rolled-back', phase: 'handing-over' });
    expect(world.records[0]?.why).toMatch(
      /^it had not taken over in time: .*1 old ones are left, for there is no memory for one more$/,
    );
    expect(world.masters).toEqual([old]);
    expectOrder(world);
  });

  const bad: readonly { behaviour: Behaviour; why: RegExp }[] = [
    { behaviour: 'answers-500', why: /^the new generation answered 500$/ },
    { behaviour: 'second-answers-500', why: /^the new generation answered 500$/ },
    { behaviour: 'raises', why: /^3 workers of the new generation have ended/ },
    { behaviour: 'raises-preloaded', why: /^the new master has ended/ },
    { behaviour: 'hangs', why: /^it was not proven in time/ },
    { behaviour: 'silent', why: /^it was not proven in time/ },
    { behaviour: 'crash-loops', why: /^3 workers of the new generation have ended/ },
  ];
  it.each(bad.flatMap((row) => [1, 2, 3, 4, 5].map((seed) => ({ ...row, seed }))))(
    'that $behaviour is taken back, and the old one is complete (seed $seed)',
    ({ behaviour, why, seed }) => {
      const world = serving({ seed });
      const [old] = world.masters;
      world.deploy('r2', behaviour);
      world.until('reloading/proving').settle();
      expect(world.records[0]).toMatchObject({ outcome: 'rolled-back' });
      expect(world.records[0]?.why).toMatch(why);
      expect(world.masters).toEqual([old]);
      expectOrder(world);
    },
  );
});

describe('the death of a master in the middle', () => {
  const moments = seeds.slice(0, 10).map((seed) => ({ seed, afterMs: seed * 40 }));
  it.each(moments)('of the new one brings the workers of the old one back ($afterMs ms in)', ({ seed, afterMs }) => {
    const world = serving({ seed });
    world.deploy('r2', 'good');
    world.until('reloading/handing-over').time.run(afterMs);
    const [old, fresh] = world.masters;
    if (fresh !== undefined) world.kill(fresh);
    world.settle();
    expect(world.records[0]).toMatchObject({
      outcome: 'rolled-back',
      why: 'the new master has ended: its own log says why',
    });
    expect(world.masters).toEqual([old]);
    expectOrder(world);
  });

  it.each(moments)(
    'of the old one leaves the new one to grow to what there was ($afterMs ms in)',
    ({ seed, afterMs }) => {
      const world = serving({ seed });
      world.deploy('r2', 'good');
      world.until('reloading/handing-over').time.run(afterMs);
      const [old] = world.masters;
      if (old !== undefined) world.kill(old);
      world.settle();
      expect(world.records[0]).toMatchObject({ outcome: 'reloaded' });
      expectOrder(world);
    },
  );
});

it('whose old code was deleted says how much of it is left, and leaves no master that starts what cannot run', () => {
  const world = serving();
  world.deploy('r2', 'second-answers-500');
  world.until('reloading/handing-over');
  world.removeRelease();
  world.settle();
  expect(world.records[0]).toMatchObject({ outcome: 'rolled-back' });
  expect(world.records[0]?.why).toBe(
    'the new generation answered 500; its workers end as they start, so the old generation has 2 of 3 workers',
  );
  expect(world.violations).toEqual([]);
  const { known } = world.place.shim ?? expect.fail('no shim');
  const count = known.length;
  world.time.run(10_000);
  expect([known.length, world.serving.length]).toEqual([count, 2]);
});

it('is finished by whoever comes after a supervisor that died, at any moment', () => {
  const deaths = fc.array(fc.record({ afterMs: fc.nat(900), afterEffects: fc.nat(20) }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(deaths, fc.integer(), fc.boolean(), (dying, seed, isPreloaded) => {
      const world = serving({ seed, drainMs: 400 });
      world.deploy('r2', isPreloaded ? 'good-preloaded' : 'good');
      for (const { afterMs, afterEffects } of dying) {
        world.killSupervisorAfter(afterEffects);
        world.time.run(afterMs);
      }
      world.killSupervisorAfter(Infinity);
      world.settle();
      expect(world.records.at(-1) ?? world.journalled?.history.at(-1)).toMatchObject({ outcome: 'reloaded' });
      expect(world.fewest).toBeGreaterThanOrEqual(workers - 1);
      expectOrder(world);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 100), seed: Number(process.env['SEED'] ?? 20_141) },
  );
});
