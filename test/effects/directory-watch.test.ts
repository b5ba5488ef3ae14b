import { mkdirSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchDirectory } from '../../src/effects/directory-watch.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

async function watch(directory: string) {
  const listener = { named: vi.fn<(name: string | undefined) => void>(), replaced: vi.fn<() => void>() };
  const watching = watchDirectory(directory, listener);
  onTestFinished(() => watching.close());
  expect(await watching.ready).toBe(true);
  return listener;
}

it('names what was created, written, renamed and removed, and nothing below', async () => {
  const directory = realpathSync(makeTempDir());
  mkdirSync(join(directory, 'sub'));
  const { named } = await watch(directory);
  writeFileSync(join(directory, 'sub/hidden'), '');
  writeFileSync(join(directory, 'a'), '1');
  renameSync(join(directory, 'a'), join(directory, 'b'));
  rmSync(join(directory, 'b'));
  writeFileSync(join(directory, 'last'), '');
  await vi.waitFor(() => expect(named).toHaveBeenCalledWith('last'));
  expect(new Set(named.mock.calls.flat())).toEqual(new Set(['a', 'b', 'last']));
});

const replace = (path: string): void => {
  rmdirSync(path);
  mkdirSync(path);
};

it.each([
  { what: 'moved', act: (path: string) => renameSync(path, `${path}.old`) },
  { what: 'removed', act: (path: string) => rmdirSync(path) },
  { what: 'replaced', act: replace },
])('says that the directory was $what', async ({ act }) => {
  const directory = join(realpathSync(makeTempDir()), 'directory');
  mkdirSync(directory);
  const { replaced } = await watch(directory);
  act(directory);
  await vi.waitFor(() => expect(replaced).toHaveBeenCalled());
});

it('says nothing after it was closed, and does not keep anybody waiting', async () => {
  const directory = realpathSync(makeTempDir());
  const named = vi.fn();
  const watching = watchDirectory(directory, { named, replaced: named });
  await watching.close();
  expect(await watching.ready).toBe(false);
  const other = await watch(directory);
  writeFileSync(join(directory, 'a'), '');
  await vi.waitFor(() => expect(other.named).toHaveBeenCalledWith('a'));
  expect(named).not.toHaveBeenCalled();
});

it.each([
  ['CHOKIDAR_USEPOLLING', '1'],
  ['CHOKIDAR_INTERVAL', 'nonsense'],
])('does not promise events when %s=%s', async (name, value) => {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const watching = watchDirectory(realpathSync(makeTempDir()), { named: () => undefined, replaced: () => undefined });
  onTestFinished(() => watching.close());
  expect(await watching.ready).toBe(false);
});
