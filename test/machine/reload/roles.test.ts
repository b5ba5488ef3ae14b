import { describe, expect, it } from 'vitest';
import {
  find,
  findMaster,
  followWorkers,
  includes,
  isReady,
  membersOf,
  orSameList,
  reference,
  sightNewMaster,
  strangersOf,
  workersOf,
} from '../../../src/machine/reload/roles.ts';
import { unicorn } from '../../../src/servers/unicorn.ts';
import {
  fresh,
  newMaster,
  newProcesses,
  oldMaster,
  oldProcesses,
  ref,
  seenMaster,
  seenWorker,
  shim,
} from '../sample.ts';

const { roles, reexec } = unicorn;
if (roles === undefined || reexec === undefined) throw new Error('unreachable: unicorn executes itself anew');
const reexecutable = { roles, reexec };
const everybody = [...oldProcesses, ...newProcesses];
const pids = (processes: readonly { readonly pid: number }[]): number[] => processes.map(({ pid }) => pid);
const nobody = { strangers: [], suspects: [] };
const cold = { ...seenMaster(newMaster, oldMaster.pid, 'new'), title: 'ruby unicorn -c app.rb', catches: [] };
/** Some milliseconds after the fork it is its parent's double. */
const justForked = { ...seenMaster(ref(103), oldMaster.pid, 'old') };

describe('who is who', () => {
  it('a zombie is nobody, and neither is another process with the same pid', () => {
    const [master] = oldProcesses;
    expect(find(oldProcesses, oldMaster)).toBe(master);
    expect(find(oldProcesses, { ...oldMaster, startTicks: 1 })).toBeUndefined();
    expect(find([{ ...seenMaster(oldMaster, shim.pid, 'old'), state: 'Z' }], oldMaster)).toBeUndefined();
  });

  it("workers are a master's children that are titled so, or its forks", () => {
    expect(pids(workersOf(roles, everybody, oldMaster))).toEqual([101, 102]);
    expect(pids(workersOf(roles, everybody, newMaster))).toEqual([201, 202]);
    expect(pids(workersOf(roles, [...oldProcesses, justForked], oldMaster))).toEqual([101, 102, 103]);
    expect(workersOf(roles, everybody, ref(999))).toEqual([]);
  });

  it('stay known when their master ends and has ended', () => {
    const known = [ref(101), ref(102)];
    expect(followWorkers(roles, oldProcesses, oldMaster, known)).toBe(known);
    expect(followWorkers(roles, oldProcesses.slice(0, 2), oldMaster, known)).toEqual([ref(101)]);
    expect(followWorkers(roles, oldProcesses.slice(1), oldMaster, known)).toBe(known);
    const untitled = oldProcesses.map((one) => ({ ...one, title: 'python', image: one.pid === 100 ? '' : 'old' }));
    expect(followWorkers(roles, untitled, oldMaster, known)).toBe(known);
  });

  it('a worker is ready when it has set its own handlers', () => {
    const worker = seenWorker(101, oldMaster, 'old');
    expect(isReady(roles, worker)).toBe(true);
    expect(isReady(roles, { ...worker, catches: [] })).toBe(false);
    expect(isReady(roles, { ...worker, catches: ['SIGUSR1', 'SIGUSR2'] })).toBe(false);
    expect(isReady({ ...roles, readyWorker: undefined }, { ...worker, catches: [] })).toBe(true);
  });

  it('strangers are the other children', () => {
    const helper = { ...seenMaster(ref(150), oldMaster.pid, 'helper'), title: 'log shipper' };
    expect(pids(strangersOf(roles, [...oldProcesses, helper], oldMaster))).toEqual([150]);
  });
});

describe('the new master', () => {
  it('is the child that has executed a program since', () => {
    expect(sightNewMaster(reexecutable, [...oldProcesses, cold], oldMaster, nobody)).toEqual({
      kind: 'certain',
      master: cold,
    });
  });

  it.each([
    { what: 'a fork that is some milliseconds young', child: justForked },
    { what: 'a worker of another image', child: seenWorker(103, oldMaster, 'new') },
    { what: "somebody else's child", child: { ...cold, parentPid: 999 } },
    { what: 'a zombie', child: { ...cold, state: 'Z' } },
  ])('is not $what', ({ child }) => {
    expect(sightNewMaster(reexecutable, [...oldProcesses, child], oldMaster, nobody)).toEqual({
      kind: 'likely',
      masters: [],
    });
  });

  it('is not who was there before', () => {
    const known = { ...nobody, strangers: [newMaster] };
    expect(sightNewMaster(reexecutable, [...oldProcesses, cold], oldMaster, known).kind).toBe('likely');
  });

  it('is at first only likely where the kernel shows no images', () => {
    const blind = everybody.map((process) => ({ ...process, image: '' }));
    const first = sightNewMaster(reexecutable, blind, oldMaster, nobody);
    expect(first).toEqual({ kind: 'likely', masters: [newMaster] });
    const second = sightNewMaster(reexecutable, blind, oldMaster, { ...nobody, suspects: [newMaster] });
    expect(second).toMatchObject({ kind: 'certain', master: newMaster });
  });

  it('of an upgrade that nobody here asked for is known by its title', () => {
    expect(findMaster(roles, everybody, oldMaster)?.pid).toBe(newMaster.pid);
    expect(findMaster(roles, [...oldProcesses, justForked], oldMaster)).toBeUndefined();
    expect(findMaster(roles, everybody, shim)?.pid).toBe(oldMaster.pid);
  });
});

describe('a generation', () => {
  it('has its master, its workers and their forks for members, and nobody of the other one', () => {
    const orphan = { ...seenWorker(203, newMaster, 'new'), parentPid: shim.pid };
    expect(pids(membersOf([...everybody, orphan], fresh))).toEqual([200, 201, 202, 203]);
    const blind = [...everybody, orphan].map((process) => ({ ...process, image: '' }));
    expect(pids(membersOf(blind, { ...fresh, image: '', workers: [ref(203)] }))).toEqual([200, 201, 202, 203]);
  });

  it('has no zombie for a member', () => {
    const zombies = newProcesses.map((process) => ({ ...process, state: 'Z' }));
    expect(membersOf(zombies, fresh)).toEqual([]);
  });
});

it('a list of the same processes is the list before', () => {
  const before = [ref(1), ref(2)];
  expect(orSameList(before, [ref(2), ref(1)])).toBe(before);
  expect(orSameList(before, [ref(1)])).toEqual([ref(1)]);
  expect(includes(before, ref(3))).toBe(false);
  expect(reference(seenWorker(101, oldMaster, 'old'))).toEqual(ref(101));
});
