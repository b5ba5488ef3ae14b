import { mkdirSync, realpathSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchRevision } from '../../src/effects/revision-watch.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

async function watch(file: string) {
  const news: string[] = [];
  const watching = watchRevision(file, {
    revision: (revision) => void news.push(revision),
    problem: (text) => void news.push(text.replace(`cannot read revision from ${file}: `, 'problem: ')),
    mode: () => undefined,
  });
  onTestFinished(() => watching.close());
  await watching.ready;
  const hear = (...expected: string[]) =>
    vi.waitFor(() => expect(news).toEqual(expected), { timeout: 5_000, interval: 5 });
  return { news, watching, hear };
}

it('tells the revision before it is ready', async () => {
  const file = join(makeTempDir(), 'revision');
  writeFileSync(file, '\n  4f2c9e1 \n');
  expect((await watch(file)).news).toEqual(['4f2c9e1']);
});

it('follows a swapped link, a write in place and a rename over the file', async () => {
  const root = makeTempDir();
  for (const release of ['1', '2']) {
    mkdirSync(join(root, release));
    writeFileSync(join(root, release, 'revision'), `release ${release}\n`);
  }
  symlinkSync('1', join(root, 'current'));
  const { hear } = await watch(join(root, 'current/revision'));
  await hear('release 1');
  symlinkSync('2', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'current'));
  await hear('release 1', 'release 2');
  writeFileSync(join(root, '2/revision'), 'in place');
  await hear('release 1', 'release 2', 'in place');
  writeFileSync(join(root, '2/new'), 'renamed');
  renameSync(join(root, '2/new'), join(root, '2/revision'));
  await hear('release 1', 'release 2', 'in place', 'renamed');
});

it('follows the links of a ConfigMap as the kubelet swaps them', async () => {
  const root = makeTempDir();
  const publish = (name: string): void => {
    mkdirSync(join(root, `..${name}`));
    writeFileSync(join(root, `..${name}`, 'revision'), name);
    symlinkSync(`..${name}`, join(root, '..data_tmp'));
    renameSync(join(root, '..data_tmp'), join(root, '..data'));
  };
  publish('one');
  symlinkSync('..data/revision', join(root, 'revision'));
  const { hear } = await watch(join(root, 'revision'));
  await hear('one');
  publish('two');
  await hear('one', 'two');
  publish('three');
  await hear('one', 'two', 'three');
});

it('does not repeat a revision that was written again', async () => {
  const file = join(makeTempDir(), 'revision');
  writeFileSync(file, 'same');
  const { hear } = await watch(file);
  writeFileSync(file, 'same\n');
  unlinkSync(file);
  writeFileSync(file, 'same');
  writeFileSync(file, 'other');
  await hear('same', 'other');
});

it('says nothing about a file that is empty or absent for a moment only', async () => {
  const file = join(makeTempDir(), 'revision');
  writeFileSync(file, 'one');
  const { hear, news } = await watch(file);
  truncateSync(file);
  writeFileSync(file, 'two');
  await hear('one', 'two');
  unlinkSync(file);
  writeFileSync(file, 'three');
  await hear('one', 'two', 'three');
  expect(news).not.toContainEqual(expect.stringContaining('problem'));
});

it.each([
  {
    what: 'bytes that are no text',
    content: Buffer.from([0x34, 0xff, 0xfe, 0x0a]),
    problem: 'it is not text in UTF-8',
  },
  { what: 'a NUL', content: 'a\0b', problem: 'it is not one line of printable text' },
  { what: 'two lines', content: 'a\nb', problem: 'it is not one line of printable text' },
  { what: 'a gigabyte', content: undefined, problem: 'it is longer than 2048 bytes' },
])('refuses $what: $problem', async ({ content, problem }) => {
  const file = join(realpathSync(makeTempDir()), 'revision');
  writeFileSync(file, content ?? '');
  if (content === undefined) truncateSync(file, 1_000_000_000);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { news } = await watch(file);
  vi.advanceTimersByTime(999);
  expect(news).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(news).toEqual([`problem: ${problem}`]);
});

it('tells nothing after it was closed', async () => {
  const file = join(makeTempDir(), 'revision');
  const { news, watching } = await watch(file);
  await watching.close();
  writeFileSync(file, 'late');
  const { hear } = await watch(file);
  await hear('late');
  expect(news).toEqual([]);
});
