import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { isAccepting, socketsOf } from '../../src/effects/accepting.ts';

async function listen(): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
}

it('knows a process that waits for connections on a socket of those', async () => {
  await listen();
  expect(isAccepting(process.pid, socketsOf(process.pid))).toBe(true);
});

it('knows one that waits for something else', () => {
  expect(isAccepting(process.pid, new Set(['1']))).toBe(false);
});

it('says nothing of one that waits with nothing that shows it, and of who has gone', async () => {
  await listen();
  const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(isAccepting(pid, socketsOf(process.pid))).toBeUndefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAccepting(pid, socketsOf(process.pid))).toBeUndefined();
  expect(socketsOf(pid)).toEqual(new Set());
});
