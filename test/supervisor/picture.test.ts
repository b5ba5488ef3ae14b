import { describe, expect, it } from 'vitest';
import type { Life } from '../../src/machine/life.ts';
import { none } from '../../src/servers/none.ts';
import { unicorn } from '../../src/servers/unicorn.ts';
import { detailOf, pictureInstance, servingOf } from '../../src/supervisor/picture.ts';
import {
  lives,
  newMaster,
  newProcesses,
  old,
  oldProcesses,
  reloadingIn,
  reloads,
  running,
  sampleInstance,
  seenWorker,
} from '../machine/sample.ts';

const sight = {
  processes: [...oldProcesses, ...newProcesses],
  usage: new Map(),
  busy: new Set([101]),
  outputWaitingSince: undefined,
};
const picture = (life: Life) => pictureInstance(unicorn, sampleInstance(life), sight);

describe('a picture', () => {
  it('names what serves', () => {
    expect(picture(running)).toMatchObject({
      ...{ instance: 1, state: 'running', health: 'healthy', generation: 1, revision: 'r1', shimPid: 50, mainPid: 100 },
      ...{ startedAt: '1970-01-01T00:00:00.001Z', restarts: 0, lastReload: null, detail: '' },
    });
  });

  it('has nothing to name when nothing does', () => {
    expect(picture(lives.down)).toMatchObject({
      ...{ state: 'down', health: 'none', generation: null, revision: null, shimPid: null, mainPid: null, workers: [] },
    });
  });

  it.each([
    { life: lives.searching, state: 'starting', detail: 'exited with 3' },
    { life: lives.clearing, state: 'stopping', detail: 'exited with 3' },
    { life: lives.orphaned, state: 'stopping', detail: 'its shim is gone: ending 2 of its processes' },
    { life: lives.backoff, state: 'backoff', detail: 'exited with 3' },
    { life: reloadingIn(reloads.soaking), state: 'reloading', detail: 'soaking' },
    { life: reloadingIn(reloads.proving), state: 'reloading', detail: 'proving: no worker runs' },
    { life: reloadingIn(reloads['rolling-back']), state: 'reloading', detail: 'rolling-back: it was bad' },
    {
      life: { ...running, health: { kind: 'unhealthy', problem: 'answered 500' } },
      state: 'running',
      detail: 'answered 500',
    },
    {
      life: { ...lives.down, why: 'completed', outcome: { kind: 'exited', code: 0 } },
      state: 'completed',
      detail: 'exited with 0',
    },
    {
      life: { ...lives.down, why: 'completed', outcome: { kind: 'exited', code: 3 } },
      state: 'down',
      detail: 'exited with 3',
    },
  ] as const)('of $life.kind shows $state: $detail', ({ life, state, detail }) => {
    expect(picture(life)).toMatchObject({ state, detail });
    expect(detailOf(life)).toBe(detail);
  });
});

describe('the workers in a picture', () => {
  const activities = (life: Life): string[] =>
    picture(life).workers.map(({ pid, generation, activity }) => `${pid} of ${generation} ${activity}`);

  it('are those of both generations, each with what it does', () => {
    expect(activities(reloadingIn(reloads.soaking))).toEqual([
      '101 of 1 busy',
      '102 of 1 idle',
      '201 of 2 idle',
      '202 of 2 idle',
    ]);
    expect(activities(reloadingIn(reloads.retiring))).toEqual([
      ...['101 of 1 draining', '102 of 1 draining', '201 of 2 idle', '202 of 2 idle'],
    ]);
    expect(activities(reloadingIn(reloads['rolling-back']))).toContain('201 of 2 draining');
    expect(activities(lives.stopping)).toEqual(['101 of 1 draining', '102 of 1 draining']);
  });

  it('have unknown activity where it cannot be seen, and boot until they are ready', () => {
    const young = { ...seenWorker(103, old.main, 'old'), catches: [] };
    const blind = { ...sight, processes: [...oldProcesses, young], busy: undefined };
    const { workers } = pictureInstance(unicorn, sampleInstance(running), blind);
    expect(workers.map(({ activity }) => activity)).toEqual(['unknown', 'unknown', 'booting']);
  });

  it('have what was measured of them', () => {
    const usage = new Map([[101, { cpuPercent: 5, rssBytes: 7 }]]);
    const { workers } = pictureInstance(unicorn, sampleInstance(running), { ...sight, usage });
    expect(workers.map(({ index, cpuPercent, rssBytes }) => [index, cpuPercent, rssBytes])).toEqual([
      [1, 5, 7],
      [2, null, null],
    ]);
  });

  it('are none where the server is not known', () => {
    expect(pictureInstance(none, sampleInstance(running), sight).workers).toEqual([]);
  });
});

it('what serves is known in those states in which something does', () => {
  expect(servingOf(reloadingIn(reloads.soaking))).toBe(old);
  expect(servingOf(lives.backoff)).toBeUndefined();
  expect(newMaster.pid).not.toBe(old.main.pid);
});
