import { chmodSync, closeSync, openSync, readlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hasBeaten } from '../../src/effects/heartbeat.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const named = /\/wgunicorn-/;

/** Opens a file as a worker's is made; this process is the worker. */
function openHeartbeat(name: string): string {
  const path = join(makeTempDir(), name);
  const fd = openSync(path, 'w+', 0o600);
  onTestFinished(() => closeSync(fd));
  expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe(path);
  return path;
}

it('knows a worker that has touched its file by the mode, as gunicorn 20 does it', () => {
  const path = openHeartbeat('wgunicorn-a');
  expect(hasBeaten(process.pid, named)).toBe(false);
  chmodSync(path, 1);
  expect(hasBeaten(process.pid, named)).toBe(true);
});

it('knows it by the time, as later ones do it', () => {
  const path = openHeartbeat('wgunicorn-b');
  expect(hasBeaten(process.pid, named)).toBe(false);
  const later = new Date(Date.now() + 1_000);
  utimesSync(path, later, later);
  expect(hasBeaten(process.pid, named)).toBe(true);
});

it('takes no beat of a sibling for one of its own', () => {
  const sibling = openHeartbeat('wgunicorn-c');
  openHeartbeat('wgunicorn-d');
  chmodSync(sibling, 0);
  expect(hasBeaten(process.pid, named)).toBe(false);
});

it('says nothing of who has no such file, and of who has gone', () => {
  expect(hasBeaten(process.pid, named)).toBeUndefined();
  expect(hasBeaten(2 ** 22 + 1, named)).toBeUndefined();
});
