import { describe, expect, it } from 'vitest';
import type { Life } from '../../src/machine/life.ts';
import type { SupervisorState } from '../../src/machine/supervisor.ts';
import { web } from '../rig/virtual-world.ts';
import { reloadsBetween, transitionsBetween } from '../../src/supervisor/transitions.ts';
import { lives, r1, reloadingIn, reloads, running, sampleInstance } from '../machine/sample.ts';
import { sampleReload } from '../surfaces/sample.ts';

const state = (...all: readonly Life[]): SupervisorState => ({
  instances: all.map((life) => sampleInstance(life)),
  revision: r1,
  readAt: 5_000,
  rollout: { kind: 'idle' },
  history: [],
  stage: 'serving',
});
const event = { kind: 'instance', instance: web, event: { kind: 'emptied' } } as const;

describe('transitions', () => {
  it('are told of each instance whose state has another name now', () => {
    expect(transitionsBetween(state(running, lives.down), state(lives.backoff, lives.down), event)).toEqual([
      {
        ...{ service: 'web', instance: 1, from: 'running', to: 'backoff', event: 'emptied' },
        ...{ generation: null, revision: null, detail: 'exited with 3' },
      },
    ]);
  });

  it('are told of each phase of a reload, with what serves meanwhile', () => {
    const from = state(reloadingIn(reloads.starting));
    expect(transitionsBetween(from, state(reloadingIn(reloads.proving)), event)).toMatchObject([
      {
        from: 'reloading/starting',
        to: 'reloading/proving',
        generation: 1,
        revision: 'r1',
        detail: 'proving: no worker runs',
      },
    ]);
  });

  it('are caused by the event of the instance, or of all', () => {
    const { instances } = state(running);
    const caused = transitionsBetween(
      { ...state(lives.down), instances: state(lives.down).instances },
      { ...state(running), instances },
      { kind: 'leave', how: 'quick' },
    );
    expect(caused[0]?.event).toBe('leave');
  });

  it('are not told of news within a state', () => {
    const sick = { ...running, health: { kind: 'unhealthy', problem: '' } } as const;
    expect(transitionsBetween(state(running), state(sick), event)).toEqual([]);
  });
});

it('reloads that ended are told once', () => {
  const [one, two] = [sampleReload(), sampleReload()];
  const before = { ...state(), history: [one] };
  expect(reloadsBetween(before, { ...before, history: [one, two] })).toEqual([two]);
  expect(reloadsBetween(before, before)).toEqual([]);
});
