import { describe, expect, it } from 'vitest';
import type { Life } from '../../src/machine/life.ts';
import {
  beginSupervising,
  historyLength,
  stepSupervisor,
  type Journalled,
  type SupervisorState,
  type SupervisorStep,
} from '../../src/machine/supervisor.ts';
import type { InstanceCommand, SupervisorEvent } from '../../src/model/event.ts';
import { instanceId } from '../../src/model/identity.ts';
import type { Config } from '../../src/model/spec.ts';
import { VirtualWorld } from '../rig/virtual-world.ts';
import { sampleReload } from '../surfaces/sample.ts';
import {
  describeEffect,
  lives,
  now,
  oldMaster,
  r1,
  r2,
  reloadingIn,
  reloads,
  running,
  sampleConfig,
  sampleInstance,
  sampleSpec,
} from './sample.ts';

const stamp = { at: now, wall: 1_700_000_000_000, chance: 0, said: [] };
const web = instanceId('web', 1);
const reading = { revision: r1, readAt: 5_000 };
const exited = (code: number) => ({ kind: 'exited', code }) as const;

const stateWith = (life: Life, more: Partial<SupervisorState> = {}): SupervisorState => ({
  instances: [sampleInstance(life)],
  ...reading,
  rollout: { kind: 'idle' },
  history: [],
  stage: 'serving',
  ...more,
});

const step = (state: SupervisorState, event: SupervisorEvent, config: Config = sampleConfig()): SupervisorStep =>
  stepSupervisor(config, state, event, stamp);

const described = ({ effects }: SupervisorStep): string[] =>
  effects.map((effect) => {
    if (effect.kind === 'instance') return `${effect.instance}: ${describeEffect(effect.effect)}`;
    if (effect.kind === 'rollout') return `rollout ${effect.effect.kind}`;
    return effect.kind === 'leave' ? `leave ${effect.status}` : effect.kind;
  });

const journalled = (life: Life, stage: Journalled['stage']): Journalled => {
  const { id, ledger } = sampleInstance(life);
  return { instances: [{ id, ledger, life }], history: [sampleReload()], stage, reading };
};

const stopAsked = ({ state }: SupervisorStep): boolean[] =>
  state.instances.map(({ life }) => life.kind === 'adopting' && life.wish !== 'run');

describe('a supervisor begins', () => {
  it('by looking for the shim of every instance', () => {
    const config = sampleConfig({}, { services: [sampleSpec({ instances: 2 }), sampleSpec({ name: 'job' })] });
    const first = beginSupervising(config, reading, undefined, 'same');
    expect(described(first)).toEqual(['web.1: find-shim', 'web.2: find-shim', 'job.1: find-shim']);
    expect(first.state).toMatchObject({ revision: r1, history: [], stage: 'serving' });
  });

  it('with what the journal knows of the instances that there still are', () => {
    const config = sampleConfig({ instances: 2 });
    const { state } = beginSupervising(config, reading, journalled(running, 'serving'), 'same');
    expect(state.instances.map(({ life }) => life.kind === 'adopting' && life.was)).toEqual([running, undefined]);
    expect(state.history).toEqual([sampleReload()]);
  });

  it.each([
    { life: running, stage: 'serving', era: 'same', leaves: false },
    { life: running, stage: 'leaving', era: 'same', leaves: true },
    { life: running, stage: 'leaving', era: 'earlier', leaves: false },
    { life: lives.down, stage: 'left', era: 'same', leaves: true },
    { life: lives.failed, stage: 'left', era: 'same', leaves: false },
    { life: lives.down, stage: 'left', era: 'earlier', leaves: false },
  ] as const)(
    'after one of the $era era that was $stage with $life.kind: leaving is $leaves',
    ({ life, stage, era, leaves }) => {
      const first = beginSupervising(sampleConfig(), reading, journalled(life, stage), era);
      expect(first.state.stage).toBe(leaves ? 'leaving' : 'serving');
      expect(stopAsked(first)).toEqual([leaves]);
    },
  );
});

describe('the journal is written first', () => {
  it.each<{ what: string; state: SupervisorState; event: SupervisorEvent; effects: string[] }>([
    {
      what: 'a change of state',
      state: stateWith(running),
      event: { kind: 'instance', instance: web, event: { kind: 'stop', how: 'graceful' } },
      effects: ['journal', 'web.1: signal main SIGQUIT', 'web.1: timer stop 12000'],
    },
    {
      what: 'a leave',
      state: stateWith(lives.stopping),
      event: { kind: 'leave', how: 'graceful' },
      effects: ['journal'],
    },
  ])('for $what', ({ state, event, effects }) => {
    expect(described(step(state, event))).toEqual(effects);
  });

  it('but not for news that changes no state', () => {
    const event = { kind: 'forward', signal: 'SIGTTIN' } as const;
    expect(described(step(stateWith(running), { kind: 'instance', instance: web, event }))).toEqual([
      'web.1: pass-on 100 SIGTTIN',
    ]);
  });
});

describe('the revision', () => {
  it('when it changes is told to the services that follow it, and ends every refusal', () => {
    const config = sampleConfig(
      {},
      { services: [sampleSpec(), sampleSpec({ name: 'job', reload: { ...sampleSpec().reload, on: 'request' } })] },
    );
    const instances = [
      sampleInstance(running, { refused: { revision: r2, why: 'it was bad', tries: 1, againAt: undefined } }),
      { ...sampleInstance(running), id: instanceId('job', 1), service: 'job' },
    ];
    const { state } = step(stateWith(running, { instances }), { kind: 'revision-read', revision: r2 }, config);
    expect(state.instances.map(({ life }) => life.kind)).toEqual(['reloading', 'running']);
    expect(state).toMatchObject({ revision: r2, instances: [{ ledger: { refused: undefined } }, {}] });
  });

  it('when it is the same, changes nothing', () => {
    const state = stateWith(running);
    expect(step(state, { kind: 'revision-read', revision: r1 })).toEqual({ state, effects: [] });
  });
});

describe('a rollout', () => {
  const canary = { percent: 0, afterMs: 60_000 };
  const later = sampleConfig({}, { rollout: { name: 'web-7', splayMs: 0, canary, permit: undefined } });
  const read = { kind: 'revision-read', revision: r2 } as const;
  const waiting = stateWith(running, {
    revision: r2,
    readAt: now,
    rollout: { kind: 'waiting', revision: r2, until: now + 60_000 },
  });

  it('holds the reload back, and says until when', () => {
    const held = step(stateWith(running), read, later);
    expect(held.state).toMatchObject({ ...waiting, instances: [{ life: { kind: 'running' } }] });
    expect(described(held)).toEqual(['journal', 'rollout timer']);
  });

  it('begins every reload that it has held back once it is due', () => {
    const instances = [sampleInstance(running), { ...sampleInstance(running), id: instanceId('web', 2), number: 2 }];
    const stampThen = { ...stamp, at: now + 60_000 };
    const { state } = stepSupervisor(
      later,
      { ...waiting, instances },
      { kind: 'rollout', event: { kind: 'due' } },
      stampThen,
    );
    expect(state.instances.map(({ life }) => life.kind)).toEqual(['reloading', 'reloading']);
    expect(state.rollout).toEqual({ kind: 'moving', revision: r2 });
  });

  it('holds back neither an operator nor the start of what has failed or backs off', () => {
    const asked = step(waiting, { kind: 'instance', instance: web, event: { kind: 'reload', force: false } }, later);
    expect(asked.state).toMatchObject({ instances: [{ life: { kind: 'reloading' } }], rollout: { kind: 'idle' } });
    for (const life of [lives.failed, lives.backoff]) {
      const { state } = step(stateWith(life), read, later);
      expect(state).toMatchObject({
        instances: [{ life: { kind: 'starting', revision: r2 } }],
        rollout: { kind: 'idle' },
      });
    }
  });

  it('holds back no restart: it starts what is on disk', () => {
    const stopped = stateWith({ ...lives.stopping, then: 'restart' }, { revision: r2, readAt: now });
    const { state } = step(stopped, { kind: 'instance', instance: web, event: { kind: 'emptied' } }, later);
    expect(state).toMatchObject({
      instances: [{ life: { kind: 'starting', revision: r2 } }],
      rollout: { kind: 'idle' },
    });
  });

  it('lets a permit go when everything is stopped', () => {
    const permit = { lock: '/l', atMost: 1 };
    const queued = sampleConfig({}, { rollout: { name: 'web-7', splayMs: 0, canary: undefined, permit } });
    const state = stateWith(reloadingIn(reloads.preparing), {
      revision: r2,
      rollout: { kind: 'moving', revision: r2 },
    });
    const left = step(state, { kind: 'leave', how: 'graceful' }, queued);
    expect(left.state.rollout).toEqual({ kind: 'idle' });
    expect(described(left)).toContain('rollout release-permit');
  });

  it('counts from the reading in the journal, and asks nobody for a permit before it knows what runs', () => {
    const known = { ...journalled(running, 'serving'), reading: { revision: r2, readAt: 7_000 } };
    const first = beginSupervising(later, { revision: r2, readAt: now }, known, 'same');
    expect(first.state).toMatchObject({ readAt: 7_000, rollout: { kind: 'idle' } });
    const found = {
      kind: 'shim-found',
      shim: running.shim,
      main: { kind: 'running', process: oldMaster },
      empty: false,
    } as const;
    const { state } = step(first.state, { kind: 'instance', instance: web, event: found }, later);
    expect(state.rollout).toEqual({ kind: 'waiting', revision: r2, until: 67_000 });
  });

  it('takes what another file says after a takeover for new', () => {
    const first = beginSupervising(later, { revision: r2, readAt: now }, journalled(running, 'serving'), 'same');
    expect(first.state.readAt).toBe(now);
  });
});

describe('a signal to PID 1', () => {
  it.each([
    { signal: 'SIGTERM', effects: ['journal', 'web.1: signal main SIGQUIT', 'web.1: timer stop 12000'] },
    { signal: 'SIGINT', effects: ['journal', 'web.1: signal main SIGTERM', 'web.1: timer stop 12000'] },
    { signal: 'SIGHUP', effects: ['check-revision'] },
    { signal: 'SIGUSR2', effects: ['journal', 'web.1: timer deadline 16000', 'web.1: prepare within 6000'] },
    { signal: 'SIGTTOU', effects: ['web.1: pass-on 100 SIGTTOU'] },
    { signal: 'SIGALRM', effects: [] },
  ] as const)('$signal asks for $effects', ({ signal, effects }) => {
    expect(described(step(stateWith(running), { kind: 'signal-received', signal, terminal: false }))).toEqual(effects);
  });
});

describe('the journal', () => {
  it.each([
    { from: lives.stopping, event: { kind: 'start' } },
    { from: lives.clearing, event: { kind: 'stop', how: 'graceful' } },
    { from: lives.starting, event: { kind: 'stop', how: 'graceful' } },
  ] as const)('$from.kind: is told when somebody changes his mind ($event.kind)', ({ from, event }) => {
    const wish = { kind: 'instance', instance: web, event } as const;
    const asked = step(stateWith(from), wish);
    expect(described(asked)[0]).toBe('journal');
    expect(described(step(asked.state, wish))).not.toContain('journal');
  });
});

describe('the end', () => {
  const leaving = { stage: 'leaving' } as const;
  const emptied = { kind: 'instance', instance: web, event: { kind: 'emptied' } } as const;
  const going = (code: number, then: 'rest' | 'decide'): Life => ({ ...lives.clearing, outcome: exited(code), then });

  it.each<{ what: string; state: SupervisorState; config?: Config; status: number | undefined }>([
    { what: 'everything was stopped for it', state: stateWith(going(3, 'rest'), leaving), status: 0 },
    {
      what: 'the one command was stopped for it',
      state: stateWith(going(3, 'rest'), leaving),
      config: sampleConfig({}, { mode: 'command' }),
      status: 3,
    },
    {
      what: 'the one command has ended',
      state: stateWith(going(5, 'decide')),
      config: sampleConfig({ restart: { ...sampleSpec().restart, policy: 'never' } }, { mode: 'command' }),
      status: 5,
    },
    {
      what: 'everything has failed',
      state: {
        ...stateWith(lives.clearing),
        instances: [sampleInstance(lives.clearing, { restartedAt: [now, now, now, now, now] })],
      },
      status: 3,
    },
    { what: 'an operator has stopped everything', state: stateWith(going(0, 'rest')), status: undefined },
    { what: 'something is started again', state: stateWith(lives.clearing), status: undefined },
  ])('when $what: $status', ({ state, config, status }) => {
    const last = step(state, emptied, config).effects.at(-1);
    expect(last?.kind === 'leave' ? last.status : undefined).toBe(status);
  });

  it.each<InstanceCommand>([{ kind: 'start' }, { kind: 'restart' }, { kind: 'reload', force: true }])(
    'is not put off by a $kind',
    (event) => {
      const state = stateWith(lives.stopping, leaving);
      expect(step(state, { kind: 'instance', instance: web, event }).state).toBe(state);
    },
  );

  it('is the end', () => {
    const state = stateWith(lives.failed, { stage: 'left' });
    expect(step(state, { kind: 'revision-read', revision: r2 }).state).toBe(state);
  });
});

describe('history', () => {
  it('gets each reload that ends, and forgets the oldest', () => {
    const history = Array.from({ length: historyLength }, (_, number) => sampleReload({ durationMs: number }));
    const outcome = exited(1);
    const event = { kind: 'main-ended', process: oldMaster, outcome } as const;
    const state = { ...stateWith(reloadingIn(reloads.preparing)), history };
    const after = step(state, { kind: 'instance', instance: web, event }).state.history;
    expect(after).toHaveLength(historyLength);
    expect(after[0]).toBe(history[1]);
    expect(after.at(-1)).toMatchObject({ outcome: 'failed', why: 'the old master exited with 1' });
  });
});

describe('a supervisor that leaves', () => {
  it.each([
    { how: 'graceful', longest: 2_100 },
    { how: 'quick', longest: 200 },
  ] as const)('does so within its limit when the stop is $how', ({ how, longest }) => {
    const world = new VirtualWorld({ config: sampleConfig(), drainMs: 1e9 }).begin().until('running');
    world.time.runUntil(() => world.serving.length === 2, 5_000);
    world.post({ kind: 'leave', how });
    expect(world.time.runUntil(() => world.hasLeft, longest)).toBe(true);
    // What it had sent to the shim still arrives.
    world.time.run(10);
    expect([world.left, world.place.shim, world.violations]).toEqual([0, undefined, []]);
  });
});
