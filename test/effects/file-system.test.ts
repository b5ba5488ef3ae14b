import { expect, it } from 'vitest';
import { isMountPoint, tellsChanges } from '../../src/effects/file-system.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

it('knows that a local file system tells of changes, and that /proc does not', async () => {
  expect(await tellsChanges(makeTempDir())).toBe(true);
  expect(await tellsChanges('/proc/sys/kernel')).toBe(false);
});

it('takes for local what it cannot ask', async () => {
  expect(await tellsChanges('/nowhere')).toBe(true);
});

it('knows a mount point from a directory', async () => {
  expect(await isMountPoint('/proc')).toBe(true);
  expect(await isMountPoint('/proc/sys/kernel')).toBe(false);
  expect(await isMountPoint(makeTempDir())).toBe(false);
});
