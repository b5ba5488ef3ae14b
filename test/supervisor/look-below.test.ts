import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { profiles } from '../../src/servers/profiles.ts';
import { lookBelow } from '../../src/supervisor/look-below.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

/** A process below this one that holds a worker's heartbeat file, never touched. */
async function holdHeartbeat(): Promise<number> {
  const fd = openSync(join(makeTempDir(), 'wgunicorn-x'), 'w+', 0o600);
  const child = spawn('/bin/sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  closeSync(fd);
  return child.pid ?? 0;
}

it('looks for threads where the server shows by them what it does, and nowhere else', async () => {
  const pid = await holdHeartbeat();
  const threads = (name: 'puma' | 'unicorn') =>
    lookBelow(process.pid, { server: profiles[name], listen: [] }).find((process) => process.pid === pid)?.threads;
  expect(threads('puma')).toEqual(['sleep']);
  expect(threads('unicorn')).toBeUndefined();
});

it('looks for heartbeats where the server has them, and nowhere else', async () => {
  const pid = await holdHeartbeat();
  const beats = (name: 'gunicorn' | 'unicorn') =>
    lookBelow(process.pid, { server: profiles[name], listen: [] }).find((process) => process.pid === pid)?.hasBeaten;
  expect(beats('gunicorn')).toBe(false);
  expect(beats('unicorn')).toBeUndefined();
});
