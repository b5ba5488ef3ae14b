import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixture, start } from '../fixtures/effects/program.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const root = join(import.meta.dirname, '../..');

/** Where the project is still found when `setup` has covered the directory that it lies in. */
const elsewhere = '/mnt';
const moved = (path: string): string => path.replace(root, elsewhere);
const opener = [moved(process.execPath), moved(fixture('opens-run-dir.ts'))];

/** Runs it with file systems of its own, which `setup` prepares; $1 is an empty directory. */
const open = (setup: string, directory: string, env: NodeJS.ProcessEnv = {}) => {
  const script = `mount --bind ${root} ${elsewhere}; ${setup}; shift; exec "$@"`;
  return start(['unshare', '--mount', 'sh', '-ec', script, 'sh', directory, ...opener], {
    BORGINIT_RUN_DIR: '',
    XDG_RUNTIME_DIR: '',
    ...env,
  });
};

it('is /run/borginit where that can be written', async () => {
  await open('mount -t tmpfs none /run', makeTempDir()).says('path /run/borginit');
});

it('is that of the session where /run is read-only', async () => {
  const session = makeTempDir();
  await open('mount -t tmpfs -o ro none /run', session, { XDG_RUNTIME_DIR: session }).says(`path ${session}/borginit`);
});

it('is below /tmp where there is nothing else', async () => {
  await open('mount -t tmpfs -o ro none /run; mount -t tmpfs none /tmp', '/', {}).says('path /tmp/borginit-0');
});

it('is nowhere on a system that is all read-only, and each place is named', async () => {
  const { lines, child, says } = open('mount -t tmpfs -o ro none /run; mount -t tmpfs -o ro none /tmp', '/');
  await says(
    'error cannot use run directory /run/borginit: it cannot be created (EROFS); ' +
      'cannot use run directory /tmp/borginit-0: it cannot be created (EROFS)',
  );
  expect([lines.length, child.signalCode]).toEqual([1, null]);
});

it('is not one that belongs to somebody else', async () => {
  const path = join(makeTempDir(), 'run');
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 1, 1);
  await open(':', '/', { BORGINIT_RUN_DIR: path }).says(
    `error cannot use run directory ${path}: it belongs to uid 1, expected uid 0`,
  );
});

it('is not one on a read-only file system', async () => {
  const path = makeTempDir();
  await open('mount -t tmpfs -o ro,mode=700 none "$1"', path, { BORGINIT_RUN_DIR: path }).says(
    `error cannot use run directory ${path}: it cannot be written to (EROFS)`,
  );
});
