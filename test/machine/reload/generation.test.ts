import { describe, expect, it } from 'vitest';
import {
  condemned,
  fatalDeaths,
  frozenFor,
  isInPlace,
  needed,
  newGeneration,
  newWorkers,
  observe,
  oldWorkers,
  stillAlive,
  wanting,
} from '../../../src/machine/reload/generation.ts';
import type { Plan } from '../../../src/machine/reload/state.ts';
import { profiles, type ServerName } from '../../../src/servers/profiles.ts';
import {
  fresh,
  newMaster,
  newProcesses,
  nginxMaster,
  nginxProcesses,
  nginxWorker,
  now,
  oldMaster,
  oldProcesses,
  planFor,
  ref,
  reloads,
  renewedFresh,
  renewedNginx,
  sampleReloading,
  sampleTurn,
  seenMaster,
  seenWorker,
  servedBy,
} from '../sample.ts';

const turn = sampleTurn();
const nginx = sampleTurn(servedBy(profiles.nginx));
const everybody = [...oldProcesses, ...newProcesses];
const pids = (processes: readonly { readonly pid: number }[]): number[] => processes.map(({ pid }) => pid);
const handover = { kind: 'together' } as const;
const beside = { strategy: 'reexec', handover, fresh, old: [] } as const;
const inPlace = { strategy: 'signal', handover, fresh: renewedFresh, old: [ref(101), ref(102)] } as const;

describe('a new generation', () => {
  it('begins with nothing seen of it', () => {
    expect(newGeneration(turn, seenMaster(newMaster, oldMaster.pid, 'new'), 'new')).toEqual({
      ...{ master: newMaster, image: 'new', startedAt: turn.stamp.wall, workers: [], deaths: 0, readyAt: undefined },
    });
  });

  it.each([
    { strategy: 'reexec', is: false },
    { strategy: 'signal', is: true },
    { strategy: 'command', is: true },
    { strategy: 'restart', is: true },
  ] as const)('by $strategy is under the same master: $is', ({ strategy, is }) => {
    expect(isInPlace(planFor(strategy))).toBe(is);
  });

  it("has its own master's children for workers", () => {
    expect(pids(newWorkers(turn, everybody, beside))).toEqual([201, 202]);
  });

  it('has those children of the same master that were not there before', () => {
    expect(newWorkers(nginx, nginxProcesses, inPlace)).toEqual([]);
    expect(pids(newWorkers(nginx, [...nginxProcesses, nginxWorker(111)], inPlace))).toEqual([111]);
    const reused = { ...nginxWorker(101), startTicks: 9_999 };
    expect(newWorkers(nginx, [nginxMaster, reused], inPlace)).toEqual([reused]);
  });

  it('has no cache manager for a worker', () => {
    const manager = nginxWorker(113, 'nginx: cache manager process');
    const loader = nginxWorker(114, 'nginx: cache loader process');
    expect(pids(newWorkers(nginx, [...renewedNginx, manager, loader], inPlace))).toEqual([111, 112]);
  });
});

describe('the old workers', () => {
  const proving = (strategy: Plan['strategy']) => ({ ...reloads.proving, strategy, old: inPlace.old });

  it('beside a new master may yet be replaced', () => {
    const processes = [...oldProcesses.slice(0, 2), seenWorker(103, oldMaster, 'old')];
    const reload = proving('reexec');
    expect(oldWorkers(turn, sampleReloading(reload), processes, reload)).toEqual([ref(101), ref(103)]);
  });

  it('under the same master only become fewer', () => {
    const reload = proving('signal');
    const instance = sampleReloading(reload);
    expect(oldWorkers(nginx, instance, [...nginxProcesses, nginxWorker(111)], reload)).toBe(inPlace.old);
    expect(oldWorkers(nginx, instance, [nginxMaster, nginxWorker(102), nginxWorker(111)], reload)).toEqual([ref(102)]);
  });

  it('are the same list while all of them live, and none of them as a zombie', () => {
    expect(stillAlive(nginxProcesses, inPlace.old)).toBe(inPlace.old);
    const zombie = { ...nginxWorker(101), state: 'Z' };
    expect(stillAlive([nginxMaster, zombie, nginxWorker(102)], inPlace.old)).toEqual([ref(102)]);
  });

  it.each([
    { strategy: 'reexec', frozen: inPlace.old },
    { strategy: 'signal', frozen: inPlace.old },
    { strategy: 'restart', frozen: inPlace.old },
    { strategy: 'command', frozen: [] },
  ] as const)('stand still during a proof by $strategy: $frozen', ({ strategy, frozen }) => {
    expect(frozenFor(proving(strategy))).toEqual(frozen);
  });
});

describe('one look at a new generation', () => {
  it('tells its workers now, and how many of those before are gone', () => {
    const before = { ...fresh, workers: [ref(201), ref(203)], deaths: 1 };
    const expected = { ...fresh, workers: [ref(201), ref(202)], deaths: 2 };
    expect(observe(turn, everybody, { ...beside, fresh: before })).toEqual(expected);
  });

  it('tells when the first of its workers was ready, and no later look takes that back', () => {
    const unready = { ...fresh, readyAt: undefined };
    const young = newProcesses.map((process) => ({ ...process, catches: [] }));
    expect(observe(turn, young, { ...beside, fresh: unready }).readyAt).toBeUndefined();
    expect(observe(turn, newProcesses, { ...beside, fresh: unready }).readyAt).toBe(now);
    expect(observe(turn, [], beside).readyAt).toBe(fresh.readyAt);
  });

  it("tells its master's image, and keeps the last one of a master that has gone", () => {
    const executed = [{ ...nginxMaster, image: 'anew' }, nginxWorker(111)];
    expect(observe(nginx, executed, inPlace).image).toBe('anew');
    expect(observe(nginx, [], inPlace).image).toBe('old');
  });

  it('that shows nothing new leaves it the same object', () => {
    const known = { ...fresh, workers: [ref(201), ref(202)] };
    expect(observe(turn, everybody, { ...beside, fresh: known })).toBe(known);
  });

  it('takes no old worker under the same master for a new one', () => {
    const { workers, readyAt } = observe(nginx, nginxProcesses, inPlace);
    expect([workers, readyAt]).toEqual([[], undefined]);
  });

  it('counts no death when a young fork turns out to be no worker', () => {
    const young = nginxWorker(113, nginxMaster.title);
    const before = observe(nginx, [...renewedNginx, young], inPlace);
    expect(before.workers).toEqual([ref(111), ref(112), ref(113)]);
    const grown = [...renewedNginx, nginxWorker(113, 'nginx: cache manager process')];
    expect(observe(nginx, grown, { ...inPlace, fresh: before })).toMatchObject({
      ...{ workers: [ref(111), ref(112)], deaths: 0 },
    });
  });
});

describe('what a new generation lacks', () => {
  const ready = seenWorker(201, newMaster, 'new');
  const young = { ...ready, catches: ['SIGUSR1', 'SIGUSR2'] as const };
  it.each([
    { workers: [], wanted: 2, lacks: '0 of 2 workers run, 0 of them ready' },
    { workers: [ready, young], wanted: 2, lacks: '2 of 2 workers run, 1 of them ready' },
    { workers: [ready], wanted: 2, lacks: '1 of 2 workers run, 1 of them ready' },
    { workers: [ready, ready], wanted: 2, lacks: '' },
    { workers: [ready, ready, ready], wanted: 2, lacks: '' },
    { workers: [], wanted: 0, lacks: '' },
  ])('of $wanted workers: "$lacks"', ({ workers, wanted, lacks }) => {
    expect(wanting(turn, planFor('reexec'), workers, wanted)).toBe(lacks);
  });

  it.each<{ server: ServerName; strategy: Plan['strategy']; expected: number; is: number }>([
    { server: 'unicorn', strategy: 'reexec', expected: 4, is: 4 },
    { server: 'unicorn', strategy: 'reexec', expected: 0, is: 1 },
    { server: 'unicorn', strategy: 'restart', expected: 1, is: 1 },
    { server: 'nginx', strategy: 'signal', expected: 2, is: 2 },
    { server: 'php-fpm', strategy: 'signal', expected: 5, is: 1 },
    { server: 'php-fpm', strategy: 'signal', expected: 0, is: 0 },
    { server: 'apache', strategy: 'signal', expected: 3, is: 1 },
    { server: 'nginx', strategy: 'command', expected: 2, is: 0 },
    { server: 'none', strategy: 'signal', expected: 0, is: 0 },
    { server: 'none', strategy: 'restart', expected: 1, is: 0 },
  ])('$server by $strategy after $expected workers needs $is', ({ server, strategy, expected, is }) => {
    const { [server]: profile } = profiles;
    expect(needed(sampleTurn(servedBy(profile, strategy)), planFor(strategy), expected)).toBe(is);
  });
});

describe('the deaths of new workers', () => {
  it.each<{ server: ServerName; deaths: number; why: string | undefined }>([
    { server: 'unicorn', deaths: fatalDeaths - 1, why: undefined },
    { server: 'unicorn', deaths: fatalDeaths, why: '3 workers of the new generation have ended' },
    { server: 'nginx', deaths: 4, why: '4 workers of the new generation have ended' },
    { server: 'php-fpm', deaths: 40, why: undefined },
    { server: 'apache', deaths: 40, why: undefined },
  ])('of $server, $deaths of them, say: $why', ({ server, deaths, why }) => {
    expect(condemned(sampleTurn(servedBy(profiles[server])), { ...fresh, deaths })).toBe(why);
  });
});
