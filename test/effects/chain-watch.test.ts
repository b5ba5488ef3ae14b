import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ChainWatch } from '../../src/effects/chain-watch.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

async function watch(file: string) {
  const mode = vi.fn();
  const look = vi.fn(() => Promise.resolve());
  const chain = new ChainWatch(file, { mode, look });
  onTestFinished(() => chain.close());
  await chain.ready;
  look.mockClear();
  return { mode, look, chain };
}

it('looks when a link on the way is swapped, and again after what it leads to has changed', async () => {
  const root = makeTempDir();
  mkdirSync(join(root, '1'));
  mkdirSync(join(root, '2'));
  symlinkSync('1', join(root, 'current'));
  const { look, mode } = await watch(join(root, 'current/revision'));
  expect(mode.mock.calls).toEqual([['events']]);
  symlinkSync('2', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'current'));
  await vi.waitFor(() => expect(look).toHaveBeenCalled());
  // Not before the new directory is guarded does the last look begin, so that this cannot be missed.
  writeFileSync(join(root, '2/revision'), '2');
  const looks = look.mock.calls.length;
  await vi.waitFor(() => expect(look.mock.calls.length).toBeGreaterThan(looks));
});

it('does not look when something happens beside the way', async () => {
  const root = makeTempDir();
  mkdirSync(join(root, 'a'));
  const { look } = await watch(join(root, 'a/revision'));
  const neighbour = await watch(join(root, 'a/neighbour'));
  for (const name of ['1', '2', 'neighbour']) writeFileSync(join(root, 'a', name), '');
  // Both hear of the same events, the neighbour's watch last.
  await vi.waitFor(() => expect(neighbour.look).toHaveBeenCalled());
  expect(look).not.toHaveBeenCalled();
});

it('polls where the kernel tells nothing', async () => {
  const { mode, look } = await watch('/proc/sys/kernel/hostname');
  expect(mode.mock.calls).toEqual([['polling']]);
  await vi.waitFor(() => expect(look).toHaveBeenCalled(), { timeout: 5_000 });
});

it('hears of a file that a swapped link has come to name, in the same directory', async () => {
  const root = makeTempDir();
  symlinkSync('a', join(root, 'revision'));
  const { look } = await watch(join(root, 'revision'));
  symlinkSync('b', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'revision'));
  await vi.waitFor(() => expect(look).toHaveBeenCalled());
  look.mockClear();
  writeFileSync(join(root, 'b'), '');
  await vi.waitFor(() => expect(look).toHaveBeenCalled());
});

it('goes from polling to events when the way leads elsewhere', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const root = makeTempDir();
  symlinkSync('/proc/sys/kernel', join(root, 'current'));
  const { mode } = await watch(join(root, 'current/hostname'));
  mkdirSync(join(root, 'local'));
  symlinkSync('local', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'current'));
  await vi.waitFor(() => expect(mode.mock.calls).toEqual([['polling'], ['events']]), { interval: 10 });
  expect(vi.getTimerCount()).toBe(0);
});

it('can be closed at any moment, and does nothing afterwards', async () => {
  const root = makeTempDir();
  const look = vi.fn(() => Promise.resolve());
  const chain = new ChainWatch(join(root, 'revision'), { mode: () => undefined, look });
  await chain.close();
  look.mockClear();
  chain.check();
  writeFileSync(join(root, 'revision'), '');
  await chain.close();
  expect(look).not.toHaveBeenCalled();
});
