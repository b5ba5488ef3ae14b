/** A fleet of a thousand, each deciding for itself: that what all of them do together is a rollout. */
import { describe, expect, it } from 'vitest';
import { isCanary } from '../../src/model/rollout.ts';
import type { RolloutSpec } from '../../src/model/spec.ts';
import { VirtualFleet } from '../rig/virtual-fleet.ts';
import { sampleConfig, sampleSpec } from './sample.ts';

const minute = 60_000;
const afterMs = 10 * minute;
const splayMs = 30_000;
/** More than a reload takes. */
const reloadMs = 10_000;

const config = sampleConfig({
  health: undefined,
  reload: { ...sampleSpec().reload, soakMs: 500 },
});
const named = (count: number): string[] => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const canaries = { splayMs, canary: { percent: 20, afterMs }, permit: undefined } satisfies Omit<RolloutSpec, 'name'>;

const fleetOf = (count: number): VirtualFleet => new VirtualFleet({ names: named(count), config, rollout: canaries });
const areCanaries = (names: Iterable<string>): boolean => [...names].every((name) => isCanary({ ...canaries, name }));

// No real time passes in them, but there is a lot to work out.
describe('hosts with 20 % canaries', { timeout: 60_000 }, () => {
  it('move about as many first, then the others, each time spread over the splay', () => {
    const fleet = fleetOf(1_000);
    fleet.deploy('r2');
    fleet.runTo(afterMs - 1);
    const early = fleet.movesTo('r2');
    // Four standard deviations of a binomial distribution around the 200 that are meant.
    expect(early.size).toBeGreaterThan(150);
    expect(early.size).toBeLessThan(250);
    expect(areCanaries(early.keys())).toBe(true);
    fleet.runTo(afterMs + splayMs + reloadMs);
    const all = fleet.movesTo('r2');
    expect([all.size, fleet.serving('r2').length]).toEqual([1_000, 1_000]);
    const late = [...all].filter(([name]) => !early.has(name)).map(([, ms]) => ms - afterMs);
    for (const delays of [[...early.values()], late]) {
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThan(splayMs);
      const tenths = Array.from({ length: 10 }, (_, tenth) =>
        delays.filter((ms) => Math.floor((ms / splayMs) * 10) === tenth),
      );
      for (const tenth of tenths) expect(tenth.length / delays.length).toBeGreaterThan(0.03);
      for (const tenth of tenths) expect(tenth.length / delays.length).toBeLessThan(0.2);
    }
  });

  it('keep the bad release to the canaries when the file is changed back in time', () => {
    const fleet = fleetOf(1_000);
    fleet.deploy('bad', 'raises');
    fleet.runTo(afterMs / 2);
    const tried = fleet.movesTo('bad');
    expect(tried.size).toBeGreaterThan(150);
    fleet.deploy('r1');
    fleet.runTo(3 * afterMs);
    expect(fleet.movesTo('bad').size).toBe(tried.size);
    expect(fleet.movesTo('r1').size).toBe(0);
    expect(fleet.serving('r1')).toHaveLength(1_000);
    expect(fleet.hosts.filter(({ world }) => world.state.rollout.kind !== 'idle')).toEqual([]);
  });

  it('give up a revision for a newer one, and begin the wait anew', () => {
    const fleet = fleetOf(300);
    fleet.deploy('r2');
    fleet.runTo(afterMs - minute);
    const early = fleet.movesTo('r2');
    fleet.deploy('r3');
    fleet.runTo(afterMs - 1);
    const first = fleet.movesTo('r3');
    expect(new Set(first.keys())).toEqual(new Set(early.keys()));
    fleet.runTo(afterMs + splayMs + reloadMs);
    expect(fleet.movesTo('r2').size).toBe(early.size);
    expect(fleet.serving('r3')).toHaveLength(300);
  });

  it('wait to the same instant when their supervisors are killed meanwhile', () => {
    const [unharmed, harmed] = [fleetOf(200), fleetOf(200)];
    for (const fleet of [unharmed, harmed]) {
      fleet.deploy('r2');
      fleet.runTo(afterMs / 2);
    }
    for (const { world } of harmed.hosts) world.killSupervisor();
    for (const fleet of [unharmed, harmed]) fleet.runTo(afterMs + splayMs + reloadMs);
    const rounded = (fleet: VirtualFleet): [string, number][] =>
      [...fleet.movesTo('r2')].map(([name, ms]) => [name, Math.round(ms)]);
    expect(rounded(harmed)).toEqual(rounded(unharmed));
    expect(harmed.serving('r2')).toHaveLength(200);
  });
});

describe('fifty hosts with three permits', { timeout: 60_000 }, () => {
  const permit = { lock: '/shared/shop.lock', atMost: 3 };
  const queue = { splayMs: 0, canary: undefined, permit };
  const fifty = (): VirtualFleet => new VirtualFleet({ names: named(50), config, rollout: queue });
  const reloading = (fleet: VirtualFleet): number =>
    fleet.hosts.filter(({ world }) => world.life?.kind === 'reloading').length;

  /** Goes on until all hosts serve it and no permit is held; says how many reloaded at most. */
  function roll(fleet: VirtualFleet, revision: string, meanwhile: () => void = () => undefined): number {
    let most = 0;
    const isOver = (): boolean => {
      meanwhile();
      most = Math.max(most, reloading(fleet));
      return fleet.serving(revision).length === 50 && fleet.permits.held === 0;
    };
    expect(fleet.time.runUntil(isOver, 60 * minute)).toBe(true);
    return most;
  }

  it('are never more than three to move, and all get through', () => {
    const fleet = fifty();
    fleet.deploy('r2');
    expect(roll(fleet, 'r2')).toBe(3);
    expect(fleet.permits.mostHeld).toBe(3);
  });

  it('get through as well when the release is bad', () => {
    const fleet = fifty();
    fleet.deploy('bad', 'raises');
    fleet.time.runUntil(() => fleet.movesTo('bad').size === 50, 60 * minute);
    expect(fleet.movesTo('bad').size).toBe(50);
    expect([fleet.permits.mostHeld, fleet.permits.held]).toEqual([3, 0]);
  });

  it('follow a newer revision without having to move to each', () => {
    const fleet = fifty();
    fleet.deploy('r2');
    fleet.time.runUntil(() => fleet.movesTo('r2').size === 5, 60 * minute);
    fleet.deploy('r3');
    expect(roll(fleet, 'r3')).toBe(3);
    expect(fleet.movesTo('r2').size).toBeLessThan(10);
  });

  it('get through when holders die, and hold no more permits than there are', () => {
    const fleet = fifty();
    fleet.deploy('r2');
    let [steps, deaths] = [0, 0];
    roll(fleet, 'r2', () => {
      const victim = fleet.hosts.find(({ world }) => world.isSupervised && world.state.rollout.kind === 'moving');
      if (++steps % 97 !== 0 || deaths === 20 || victim === undefined) return;
      victim.world.killSupervisor();
      deaths++;
    });
    expect(deaths).toBe(20);
    expect(fleet.permits.mostHeld).toBe(3);
    expect(fleet.hosts.flatMap(({ world }) => world.violations)).toEqual([]);
  });
});
