import { describe, expect, it } from 'vitest';
import type { InstanceCommand } from '../../../src/model/event.ts';
import type { ServiceSpec } from '../../../src/model/spec.ts';
import type { Behaviour } from '../../rig/virtual-unicorn.ts';
import { VirtualWorld, type WorldOptions } from '../../rig/virtual-world.ts';
import { sampleConfig, sampleSpec } from '../sample.ts';

/** A world in which the first generation serves revision r1. */
function serving(changes: Partial<ServiceSpec> = {}, options: Partial<WorldOptions> = {}): VirtualWorld {
  const world = new VirtualWorld({ config: sampleConfig(changes), ...options }).begin().until('running');
  world.time.runUntil(() => world.serving.length === 2, 5_000);
  world.fewest = Infinity;
  return world;
}

/** What is true at the end of every reload, however it went. */
function expectOneGeneration(world: VirtualWorld, revision: string): void {
  expect(world.name).toBe('running');
  expect(world.life).toMatchObject({ serving: { revision } });
  expect(world.masters).toHaveLength(1);
  expect(world.serving.map(({ master }) => master)).toEqual([world.masters[0], world.masters[0]]);
  expect(world.place.shim?.look().every(({ state }) => state === 'S')).toBe(true);
  expect(world.violations).toEqual([]);
}

const phases = ['preparing', 'starting', 'proving', 'soaking', 'retiring'] as const;

describe('a reload to a revision that', () => {
  it.each<{ behaviour: Behaviour }>([{ behaviour: 'good' }, { behaviour: 'good-preloaded' }])(
    'is $behaviour ends with it, and never fewer workers served than before',
    ({ behaviour }) => {
      const world = serving();
      world.deploy('r2', behaviour);
      world.settle();
      expectOneGeneration(world, 'r2');
      expect(world.fewest).toBe(2);
      expect(world.records).toMatchObject([
        { outcome: 'reloaded', phase: 'retiring', why: 'the new generation proved itself', trigger: 'revision' },
      ]);
    },
  );

  it.each<{ behaviour: Behaviour; phase: string; why: RegExp }>([
    { behaviour: 'no-new-master', phase: 'starting', why: /^no new master appeared/ },
    { behaviour: 'raises', phase: 'proving', why: /^[34] workers of the new generation have ended$/ },
    { behaviour: 'raises-preloaded', phase: 'proving', why: /^the new master has ended/ },
    {
      behaviour: 'hangs',
      phase: 'proving',
      why: /^it was not proven in time: 2 of 2 workers run, 0 of them ready$/,
    },
    { behaviour: 'crash-loops', phase: 'proving', why: /^[34] workers of the new generation have ended$/ },
    { behaviour: 'answers-500', phase: 'proving', why: /^the new generation answered 500$/ },
  ])('$behaviour is rolled back, and the old generation never stops serving', ({ behaviour, phase, why }) => {
    const world = serving();
    world.deploy('r2', behaviour);
    world.settle();
    expectOneGeneration(world, 'r1');
    expect(world.fewest).toBe(2);
    expect(world.records).toMatchObject([{ outcome: 'rolled-back', phase }]);
    expect(world.records[0]?.why).toMatch(why);
  });

  it('its prepare hook refuses is never begun', () => {
    const world = serving({ prepare: ['configure'] }, { prepareCode: 3 });
    const [old] = world.masters;
    world.deploy('r2', 'good');
    world.settle();
    expectOneGeneration(world, 'r1');
    expect(world.masters[0]).toBe(old);
    expect(world.records[0]?.why).toBe('the prepare hook exited with 3: cannot write the configuration');
  });

  it('hangs is cut off at the deadline, for it hears no graceful stop and serves nobody', () => {
    const world = serving();
    world.deploy('r2', 'hangs');
    world.until('reloading/rolling-back').settle();
    expect(world.records[0]?.durationMs).toBeLessThan(6_000 + 100);
    expectOneGeneration(world, 'r1');
  });

  it('falls silent when it is ready may finish what it does, and is killed when it does not', () => {
    const world = serving();
    world.deploy('r2', 'silent');
    world.until('reloading/rolling-back').settle();
    expect(world.records).toMatchObject([
      { outcome: 'rolled-back', why: 'it was not proven in time: it was silent: no answer within 250 ms' },
    ]);
    expect(world.records[0]?.durationMs).toBeGreaterThan(6_000 + 5_000);
    expectOneGeneration(world, 'r1');
  });
});

describe('a revision that was rolled back', () => {
  it('is not tried again until the file changes', () => {
    const world = serving();
    world.deploy('r2', 'answers-500');
    world.settle();
    world.post({ kind: 'signal-received', signal: 'SIGHUP', terminal: false });
    world.settle();
    expect(world.records).toHaveLength(1);
    world.deploy('r3', 'good');
    world.settle();
    expectOneGeneration(world, 'r3');
  });

  it('is tried again when an operator insists', () => {
    const world = serving();
    world.deploy('r2', 'raises');
    world.settle();
    world.ask({ kind: 'reload', force: true });
    world.settle();
    expect(world.records.map(({ trigger, outcome }) => [trigger, outcome])).toEqual([
      ['revision', 'rolled-back'],
      ['operator', 'rolled-back'],
    ]);
  });

  it.each([
    { asked: [false], outcomes: ['revision'] },
    { asked: [true], outcomes: ['revision', 'operator'] },
    { asked: [true, false], outcomes: ['revision', 'operator'] },
    { asked: [false, true], outcomes: ['revision', 'operator'] },
  ])('is tried again by whoever insisted while it was tried: $asked', ({ asked, outcomes }) => {
    const world = serving();
    world.deploy('r2', 'raises');
    world.until('reloading/proving');
    for (const force of asked) world.ask({ kind: 'reload', force });
    world.settle();
    expect(world.records.map(({ trigger }) => trigger)).toEqual(outcomes);
    expect(world.records.every(({ outcome }) => outcome === 'rolled-back')).toBe(true);
    expectOneGeneration(world, 'r1');
  });

  it('stays refused for the next supervisor', () => {
    const world = serving();
    world.deploy('r2', 'raises');
    world.settle();
    world.killSupervisor();
    world.settle();
    expect(world.records).toHaveLength(1);
    expectOneGeneration(world, 'r1');
  });
});

describe('a newer revision that comes during a reload', () => {
  it.each(phases)('while it is %s is reloaded next', (phase) => {
    const world = serving({ prepare: ['configure'] });
    world.deploy('r2', 'good');
    world.until(`reloading/${phase}`);
    world.deploy('r3', 'good');
    world.settle();
    expectOneGeneration(world, 'r3');
    expect(world.records.map(({ to, outcome }) => [to.revision, outcome])).toEqual([
      ['r2', 'reloaded'],
      ['r3', 'reloaded'],
    ]);
  });

  it('while the one before is rolled back is reloaded next', () => {
    const world = serving();
    world.deploy('r2', 'raises');
    world.until('reloading/rolling-back');
    world.deploy('r3', 'good');
    world.settle();
    expectOneGeneration(world, 'r3');
  });
});

describe('an operator who asks during a reload', () => {
  const begun = (phase: string): VirtualWorld => {
    const world = serving({ prepare: ['configure'] });
    world.deploy('r2', 'good');
    return world.until(`reloading/${phase}`);
  };

  it.each(phases.flatMap((phase) => (['graceful', 'quick'] as const).map((how) => ({ phase, how }))))(
    'for a $how stop while it is $phase gets it, and nothing is left',
    ({ phase, how }) => {
      const world = begun(phase);
      world.ask({ kind: 'stop', how });
      world.settle();
      expect(world.name).toBe('down');
      expect(world.place.shim).toBeUndefined();
      expect(world.records).toMatchObject([{ outcome: 'failed', phase, why: 'an operator stopped it' }]);
      expect(world.violations).toEqual([]);
    },
  );

  it.each(phases)('for a restart while it is %s gets the present revision anew', (phase) => {
    const world = begun(phase);
    world.ask({ kind: 'restart' });
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.life).toMatchObject({ serving: { number: 3 } });
    expect(world.records).toMatchObject([{ outcome: 'failed', why: 'an operator restarted it' }]);
  });

  it.each(phases)('for another reload while it is %s gets it afterwards', (phase) => {
    const world = begun(phase);
    const command: InstanceCommand = { kind: 'reload', force: false };
    world.ask(command);
    world.ask(command);
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.records.map(({ trigger }) => trigger)).toEqual(['revision', 'operator']);
  });
});

describe('the old master', () => {
  it.each(['preparing', 'starting'])('that dies while it is %s is started again', (phase) => {
    const world = serving({ prepare: ['configure'] });
    world.deploy('r2', 'good');
    world.until(`reloading/${phase}`);
    world.kill(world.masters[0] ?? expect.fail('no master'));
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.records[0]).toMatchObject({ outcome: 'failed', why: 'the old master was killed by SIGKILL' });
  });

  it.each(['proving', 'soaking'])('that dies while it is %s leaves the new one its chance', (phase) => {
    const world = serving();
    world.deploy('r2', 'good');
    world.until(`reloading/${phase}`);
    world.kill(world.masters[0] ?? expect.fail('no master'));
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.path).toContain('reloading/salvaging');
    expect(world.records).toMatchObject([
      { outcome: 'reloaded', why: 'the old master ended by itself, and the new generation serves' },
    ]);
  });

  it('that dies beside a new one that never serves is followed by a cold start', () => {
    const world = serving();
    world.deploy('r2', 'hangs');
    world.until('reloading/proving');
    world.kill(world.masters[0] ?? expect.fail('no master'));
    world.until('backoff');
    expect(world.records).toMatchObject([
      { outcome: 'failed', why: 'the old master ended by itself, and the new one never served' },
    ]);
    expect(world.violations).toEqual([]);
  });

  it('that dies while it is told to go makes no difference', () => {
    const world = serving({}, { drainMs: 2_000 });
    world.deploy('r2', 'good');
    world.until('reloading/retiring');
    world.kill(world.masters[0] ?? expect.fail('no master'));
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.records).toMatchObject([{ outcome: 'reloaded' }]);
  });

  it('that dies while the new one is rolled back is started again, and nothing of the bad one is taken for it', () => {
    const world = serving();
    world.deploy('r2', 'answers-500');
    world.until('reloading/rolling-back');
    world.deploy('r3', 'good');
    world.kill(world.masters[0] ?? expect.fail('no master'));
    world.settle();
    expectOneGeneration(world, 'r3');
  });

  it('that will not go is killed at the deadline, with its workers', () => {
    const world = serving({}, { drainMs: 1e9 });
    world.deploy('r2', 'good');
    world.until('reloading/retiring');
    const [retiredAt, [old]] = [world.time.now, world.masters];
    world.time.runUntil(() => old?.alive === false, 10_000);
    expect(world.time.now - retiredAt).toBeGreaterThanOrEqual(sampleSpec().reload.drainMs);
    expect(world.time.now - retiredAt).toBeLessThan(sampleSpec().reload.drainMs + 10);
    world.settle();
    expectOneGeneration(world, 'r2');
  });
});

describe('the new master', () => {
  it.each(['proving', 'soaking'])('that dies while it is %s is rolled back', (phase) => {
    const world = serving();
    world.deploy('r2', 'good');
    world.until(`reloading/${phase}`);
    world.kill(world.masters[1] ?? expect.fail('no new master'));
    world.settle();
    expectOneGeneration(world, 'r1');
    expect(world.fewest).toBe(2);
    expect(world.records).toMatchObject([
      { outcome: 'rolled-back', why: 'the new master has ended: its own log says why' },
    ]);
  });

  it('that dies when there is no way back is followed by a cold start', () => {
    const world = serving();
    world.deploy('r2', 'good');
    world.until('reloading/retiring');
    world.kill(world.masters[1] ?? expect.fail('no new master'));
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.records).toMatchObject([
      { outcome: 'failed', why: 'the new master ended after the old one was told to go' },
    ]);
  });

  it('that dies together with the old one is followed by a cold start', () => {
    const world = serving();
    world.deploy('r2', 'good');
    world.until('reloading/proving');
    for (const master of world.masters) world.kill(master);
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.records).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('a supervisor that dies during a reload', () => {
  it.each(phases)('while it is %s is followed by one that finishes it', (phase) => {
    const world = serving({ prepare: ['configure'] });
    world.deploy('r2', 'good');
    world.until(`reloading/${phase}`);
    world.killSupervisor();
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.fewest).toBe(2);
    expect(world.records).toMatchObject([{ outcome: 'reloaded' }]);
  });

  it('while it rolls back is followed by one that goes on with it', () => {
    const world = serving();
    world.deploy('r2', 'hangs');
    world.until('reloading/rolling-back');
    world.killSupervisor();
    world.settle();
    expectOneGeneration(world, 'r1');
    expect(world.records).toMatchObject([{ outcome: 'rolled-back' }]);
  });

  it.each(Array.from({ length: 90 }, (_, effects) => effects))('after %i effects loses nothing', (effects) => {
    const world = serving();
    world.killSupervisorAfter(effects);
    world.deploy('r2', 'good');
    world.settle();
    expectOneGeneration(world, 'r2');
    expect(world.fewest).toBe(2);
  });
});
