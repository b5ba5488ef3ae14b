import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveChain } from '../../src/effects/link-chain.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const makeRoot = (): string => realpathSync(makeTempDir());

/** What is watched below `root`, as "directory: names". */
async function stationsBelow(root: string, file: string): Promise<string[]> {
  const { stations } = await resolveChain(file);
  return [...stations]
    .filter(([directory]) => directory.startsWith(root))
    .map(([directory, { names }]) => `${directory.slice(root.length) || '/'}: ${[...names].sort().join(' ')}`);
}

it('watches each directory from the top for the next name', async () => {
  const { stations, end } = await resolveChain('/proc/sys//./kernel/hostname');
  expect([...stations].map(([directory, { names }]) => [directory, ...names])).toEqual([
    ['/', 'proc'],
    ['/proc', 'sys'],
    ['/proc/sys', 'kernel'],
    ['/proc/sys/kernel', 'hostname'],
  ]);
  expect(end).toBe('/proc/sys/kernel/hostname');
});

it('follows links of every kind, and watches the links too', async () => {
  const root = makeRoot();
  mkdirSync(join(root, 'releases/7'), { recursive: true });
  writeFileSync(join(root, 'releases/7/revision'), '7');
  symlinkSync('releases/7', join(root, 'current'));
  symlinkSync(`${root}/current/../7/revision`, join(root, 'revision'));
  expect(await stationsBelow(root, join(root, 'revision'))).toEqual([
    '/: current releases revision',
    '/releases: 7',
    '/releases/7: revision',
  ]);
  expect((await resolveChain(join(root, 'revision'))).end).toBe(join(root, 'releases/7/revision'));
});

it('watches where a missing name would appear', async () => {
  const root = makeRoot();
  expect(await stationsBelow(root, join(root, 'a/b/c'))).toEqual(['/: a']);
  symlinkSync('nowhere', join(root, 'a'));
  expect(await stationsBelow(root, join(root, 'a/b/c'))).toEqual(['/: a nowhere']);
});

it('stops at a file that stands where a directory should', async () => {
  const root = makeRoot();
  writeFileSync(join(root, 'a'), '');
  expect(await stationsBelow(root, join(root, 'a/b/c'))).toEqual(['/: a']);
});

it('ends in a circle of links, and watches all of it', async () => {
  const root = makeRoot();
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  expect(await stationsBelow(root, join(root, 'a'))).toEqual(['/: a b']);
});

it('tells a new directory from the one whose place it took', async () => {
  const root = makeRoot();
  const identity = async (): Promise<string | undefined> =>
    (await resolveChain(join(root, 'a/revision'))).stations.get(join(root, 'a'))?.identity;
  mkdirSync(join(root, 'a'));
  const first = await identity();
  expect(await identity()).toBe(first);
  renameSync(join(root, 'a'), join(root, 'old'));
  mkdirSync(join(root, 'a'));
  expect(await identity()).not.toBe(first);
  rmSync(join(root, 'a'), { recursive: true });
  expect(await identity()).toBeUndefined();
});
