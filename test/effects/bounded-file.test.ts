import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readBounded } from '../../src/effects/bounded-file.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

it('reads a file to its last byte', async () => {
  const file = join(makeTempDir(), 'file');
  writeFileSync(file, '12345');
  expect(await readBounded(file, 5)).toEqual({ kind: 'read', bytes: Buffer.from('12345') });
});

it('reads a file whose size says nothing', async () => {
  const content = await readBounded('/proc/self/stat', 4_096);
  expect(content).toMatchObject({ kind: 'read', bytes: expect.objectContaining({}) as Buffer });
});

it.each([
  {
    what: 'a file that is one byte too long',
    make: (path: string) => writeFileSync(path, '123456'),
    reason: 'it is longer than 5 bytes',
  },
  { what: 'a directory', make: (path: string) => mkdirSync(path), reason: 'it is a directory' },
  { what: 'a FIFO', make: (path: string) => execFileSync('mkfifo', [path]), reason: 'it is a FIFO' },
  { what: 'a link to itself', make: (path: string) => symlinkSync(path, path), reason: 'its links lead nowhere' },
  { what: 'a device', make: (path: string) => symlinkSync('/dev/zero', path), reason: 'it is not a regular file' },
  { what: 'a dangling link', make: (path: string) => symlinkSync('nowhere', path), reason: 'it does not exist' },
  { what: 'nothing', make: () => undefined, reason: 'it does not exist' },
])('says of $what: $reason', async ({ make, reason }) => {
  const path = join(makeTempDir(), 'path');
  make(path);
  expect(await readBounded(path, 5)).toEqual({ kind: 'unreadable', reason });
});

it('says that what is below a file does not exist', async () => {
  const file = join(makeTempDir(), 'file');
  writeFileSync(file, '');
  expect(await readBounded(join(file, 'below'), 5)).toEqual({ kind: 'unreadable', reason: 'it does not exist' });
});
