import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAtRest } from '../../src/machine/life.ts';
import type { ReloadSpec } from '../../src/model/spec.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { habits, type InPlaceBehaviour, type InPlaceStyle } from '../rig/virtual-in-place.ts';
import type { Behaviour } from '../rig/virtual-unicorn.ts';
import { VirtualWorld, type Deployed, type WorldOptions } from '../rig/virtual-world.ts';
import { sampleConfig, sampleSpec, servedBy } from './sample.ts';

const behaviours = [
  'good',
  'good-preloaded',
  'no-new-master',
  'raises',
  'raises-preloaded',
  'hangs',
  'silent',
  'crash-loops',
  'answers-500',
  'second-answers-500',
] as const satisfies readonly Behaviour[];

/** Code that may prove itself by chance. */
const isLucky = (name: Behaviour): boolean => name === 'crash-loops' || name === 'second-answers-500';

const inPlaceBehaviours = [
  'good',
  'keeps-old',
  'dies',
  'dies-later',
  'stuck',
  'raises',
  'silent',
  'crash-loops',
  'answers-500',
  'command-fails',
] as const satisfies readonly InPlaceBehaviour[];

type Victim = 'main' | 'new master' | 'worker' | 'shim' | 'shim and supervisor' | 'trial' | 'shim of the trial';

type Action =
  | { readonly do: 'wait' }
  | { readonly do: 'deploy'; readonly revision: string; readonly behaviour: Deployed }
  | { readonly do: 'ask'; readonly command: 'start' | 'stop' | 'quick-stop' | 'restart' | 'reload' | 'forced-reload' }
  | { readonly do: 'kill'; readonly whom: Victim; readonly which: number }
  | { readonly do: 'kill-supervisor'; readonly afterEffects: number };

const actionWith = (deployed: readonly Deployed[]): fc.Arbitrary<Action> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<Action>({ do: 'wait' }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('deploy' as const),
        revision: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
        behaviour: fc.constantFrom(...deployed),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        command: fc.constantFrom('start', 'stop', 'quick-stop', 'restart', 'reload', 'forced-reload'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('kill' as const),
        whom: fc.constantFrom<Victim>(
          'main',
          'new master',
          'worker',
          'shim',
          'shim and supervisor',
          'trial',
          'shim of the trial',
        ),
        which: fc.nat(5),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('kill-supervisor' as const), afterEffects: fc.nat(12) }),
    },
  );

const scriptWith = (deployed: readonly Deployed[]) =>
  fc.array(fc.record({ action: actionWith(deployed), afterMs: fc.oneof(fc.nat(60), fc.nat(1_500), fc.nat(8_000)) }), {
    minLength: 1,
    maxLength: 14,
  });

const script = scriptWith(behaviours);

function perform(world: VirtualWorld, done: Action): void {
  switch (done.do) {
    case 'wait':
      break;
    case 'deploy': {
      world.deploy(done.revision, done.behaviour);
      return;
    }
    case 'ask':
      if (done.command === 'quick-stop') {
        world.ask({ kind: 'stop', how: 'quick' });
        return;
      }
      if (done.command === 'stop') {
        world.ask({ kind: 'stop', how: 'graceful' });
        return;
      }
      if (done.command === 'reload' || done.command === 'forced-reload') {
        world.ask({ kind: 'reload', force: done.command === 'forced-reload' });
        return;
      }
      world.ask({ kind: done.command });
      return;
    case 'kill': {
      if (done.whom === 'shim') {
        world.killShim();
        return;
      }
      if (done.whom === 'shim and supervisor') {
        world.killSupervisor();
        world.killShim();
        return;
      }
      if (done.whom === 'shim of the trial') {
        world.killTrialShim();
        return;
      }
      if (done.whom === 'trial') {
        const { trial } = world.place;
        const process = trial?.processes[done.which % trial.processes.length];
        if (process !== undefined) trial?.signal(process, 'SIGKILL');
        return;
      }
      const main = world.place.shim?.main;
      const process = main?.kind === 'running' ? main.process : undefined;
      const others = world.masters.filter(({ pid }) => pid !== process?.pid);
      const workers = world.serving;
      const victim = { main: process, 'new master': others[0], worker: workers[done.which % workers.length] }[
        done.whom
      ];
      if (victim !== undefined) world.kill(victim);
      break;
    }
    case 'kill-supervisor':
      world.killSupervisorAfter(done.afterEffects);
  }
}

/** What of a trial is there. */
const trialOf = ({ place: { trial, lostTrials } }: VirtualWorld) =>
  [...(trial === undefined ? [] : [trial]), ...lostTrials].flatMap(({ processes }) => processes);

const trial = { command: ['unicorn', '-c', 'app.rb'], env: {}, port: undefined, holdMs: 300 } as const;

const play = (world: VirtualWorld, steps: readonly { readonly action: Action; readonly afterMs: number }[]): void => {
  for (const { action: next, afterMs } of steps) {
    world.time.run(afterMs);
    perform(world, next);
  }
};

/** Many runs take their time. */
const patienceMs = 120_000;
const bySeed = { numRuns: Number(process.env['RUNS'] ?? 100), seed: Number(process.env['SEED'] ?? 20_141) };

describe('whatever is deployed, asked, killed, and however often the supervisor dies', () => {
  it('breaks no rule, comes to an end, and stops when it is told to', () => {
    fc.assert(
      fc.property(script, fc.integer(), fc.boolean(), (steps, seed, hasHealth) => {
        const config = sampleConfig(hasHealth ? {} : { health: undefined });
        const world = new VirtualWorld({ config, seed }).begin();
        play(world, steps);
        world.killSupervisorAfter(Infinity);
        world.settle();
        expect(world.violations).toEqual([]);
        world.ask({ kind: 'stop', how: 'graceful' });
        world.settle();
        expect(world.hasLeft || (world.life !== undefined && isAtRest(world.life))).toBe(true);
        expect(world.processes).toEqual([]);
      }),
      bySeed,
    );
  });

  it('stays stopped once the stop has been written down', () => {
    const deaths = fc.array(fc.record({ afterMs: fc.nat(500), afterEffects: fc.nat(8) }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(script, deaths, fc.boolean(), fc.integer(), (steps, dying, isLeaving, seed) => {
        const world = new VirtualWorld({ config: sampleConfig(), seed }).begin();
        play(world, steps);
        world.killSupervisorAfter(Infinity);
        if (!world.untilSupervised()) return;
        if (isLeaving) world.post({ kind: 'leave', how: 'graceful' });
        else world.ask({ kind: 'stop', how: 'graceful' });
        for (const { afterMs, afterEffects } of dying) {
          world.killSupervisorAfter(afterEffects);
          if (isLeaving) world.ask({ kind: 'start' });
          world.time.run(afterMs);
          if (!world.hasLeft && !wantsDown(world)) return;
        }
        world.killSupervisorAfter(Infinity);
        world.settle();
        expect(world.violations).toEqual([]);
        expect(world.processes).toEqual([]);
        if (isLeaving) expect(world.left).toBe(0);
      }),
      bySeed,
    );
  });

  it('loses nothing to a reload, good or bad', () => {
    const behaviour = fc.constantFrom(...behaviours.filter((name) => !isLucky(name)));
    const deaths = fc.array(fc.record({ afterMs: fc.nat(700), afterEffects: fc.nat(20) }), { maxLength: 4 });
    fc.assert(
      fc.property(behaviour, deaths, fc.integer(), fc.boolean(), (deployed, dying, seed, isTried) => {
        const config = sampleConfig(isTried ? { reload: { ...sampleSpec().reload, trial } } : {});
        const world = new VirtualWorld({ config, seed, drainMs: 800 }).begin().until('running');
        world.time.runUntil(() => world.serving.length === 2, 5_000);
        const [old] = world.masters;
        world.fewest = Infinity;
        world.deploy('r2', deployed);
        for (const { afterMs, afterEffects } of dying) {
          world.killSupervisorAfter(afterEffects);
          world.time.run(afterMs);
        }
        world.killSupervisorAfter(Infinity);
        world.settle();
        expect(world.violations).toEqual([]);
        expect(world.masters).toHaveLength(1);
        expect(world.masters[0] === old).toBe(!deployed.startsWith('good'));
        expect([world.serving.length, world.fewest]).toEqual([2, 2]);
        expect(world.path).not.toContain('backoff');
        expect(trialOf(world)).toEqual([]);
        // What is to be seen of it beforehand, users never see.
        if (isTried && deployed === 'answers-500') expect(world.path).not.toContain('reloading/starting');
      }),
      bySeed,
    );
  });
});

interface Way {
  readonly what: string;
  readonly strategy: Exclude<ReloadSpec['strategy'], 'none'>;
  readonly style: 'unicorn' | InPlaceStyle;
  readonly server?: keyof typeof profiles;
  readonly isTried?: boolean;
  readonly handover?: ReloadSpec['handover'];
}

const ways: readonly Way[] = [
  { what: 'reexec, which is tried again', strategy: 'reexec', style: 'unicorn' },
  { what: 'a signal, new workers first', strategy: 'signal', style: 'beside' },
  { what: 'a signal, one worker after the other', strategy: 'signal', style: 'by-turns' },
  { what: 'a signal, on which the master executes itself', strategy: 'signal', style: 'anew' },
  { what: 'a signal to a server of which nothing is known', strategy: 'signal', style: 'beside', server: 'none' },
  { what: 'a command', strategy: 'command', style: 'beside' },
  { what: 'a restart', strategy: 'restart', style: 'unicorn' },
  { what: 'overlap', strategy: 'overlap', style: 'unicorn' },
  { what: 'overlap of a server of which nothing is known', strategy: 'overlap', style: 'unicorn', server: 'none' },
  { what: 'overlap, after a trial', strategy: 'overlap', style: 'unicorn', isTried: true },
  { what: 'reexec, after a trial', strategy: 'reexec', style: 'unicorn', isTried: true },
  { what: 'reexec, worker by worker', strategy: 'reexec', style: 'unicorn', handover: 'stepwise' },
  { what: 'a signal, after a trial', strategy: 'signal', style: 'beside', isTried: true },
  { what: 'a restart, after a trial', strategy: 'restart', style: 'unicorn', isTried: true },
  { what: 'a restart of a server of which nothing is known', strategy: 'restart', style: 'beside', server: 'none' },
];

function worldFor(
  { strategy, style, server: name, isTried = false, handover = 'together' }: Way,
  options: Omit<WorldOptions, 'config'>,
  hasHealth: boolean,
) {
  const known = style === 'unicorn' ? profiles.unicorn : habits[style].profile;
  const { inPlace, signals } = known;
  const server = name === undefined ? known : { ...profiles[name], inPlace, signals };
  const spec = sampleSpec(servedBy(server, strategy));
  const config = sampleConfig({
    ...spec,
    ...(hasHealth ? {} : { health: undefined }),
    reload: { ...spec.reload, retry: { times: 2, afterMs: 1_500 }, handover, trial: isTried ? trial : undefined },
    stop: { ...spec.stop, signal: signals.gracefulStop },
  });
  return new VirtualWorld({ config, style, ...options });
}

describe.each(ways)('whatever happens to a service that is reloaded by $what', (way) => {
  const steps = scriptWith(way.style === 'unicorn' ? behaviours : inPlaceBehaviours);

  it(
    'breaks no rule, comes to an end with one record for each reload, and stops when it is told to',
    () => {
      fc.assert(
        fc.property(steps, fc.integer(), fc.boolean(), (played, seed, hasHealth) => {
          const world = worldFor(way, { seed }, hasHealth || way.isTried === true).begin();
          play(world, played);
          world.killSupervisorAfter(Infinity);
          world.settle();
          expect(world.violations).toEqual([]);
          expect(world.place.trial).toBeUndefined();
          world.ask({ kind: 'stop', how: 'graceful' });
          world.settle();
          expect(world.hasLeft || (world.life !== undefined && isAtRest(world.life))).toBe(true);
          expect(world.processes).toEqual([]);
          expect(trialOf(world)).toEqual([]);
          expect(world.violations).toEqual([]);
          expect(world.recorded).toEqual(world.begun);
        }),
        bySeed,
      );
    },
    patienceMs,
  );
});

function wantsDown({ journalled }: VirtualWorld): boolean {
  const life = journalled?.instances[0]?.life;
  if (journalled?.stage === 'leaving') return true;
  return life?.kind === 'down' || (life !== undefined && 'then' in life && life.then === 'rest');
}
