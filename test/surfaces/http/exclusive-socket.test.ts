import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { claimSocket } from '../../../src/surfaces/http/exclusive-socket.ts';
import { tempDir } from '../temp-dir.ts';

/** A server that greets, so that a client can tell which one it reached. */
function greeter(greeting: string): Server {
  const server = createServer((socket) => socket.on('error', () => undefined).end(greeting));
  onTestFinished(() => void server.close());
  return server;
}

const greetingAt = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    connect(path)
      .on('data', (data) => resolve(data.toString()))
      .on('error', reject);
  });

/** What a supervisor leaves that was killed: a socket that nobody listens on. */
function leaveStaleSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
}

describe('a claimed socket', () => {
  it('answers at its path, and only this user can open it', async () => {
    const path = join(tempDir(), 'control.sock');
    await claimSocket(greeter('a'), path);
    expect(await greetingAt(path)).toBe('a');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is the only thing in its directory, and nothing once it is given back', async () => {
    const directory = tempDir();
    const giveBack = await claimSocket(greeter('a'), join(directory, 'control.sock'));
    expect(readdirSync(directory)).toEqual(['control.sock']);
    await giveBack();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is refused to a second one, which leaves nothing behind', async () => {
    const directory = tempDir();
    const path = join(directory, 'control.sock');
    await claimSocket(greeter('a'), path);
    const second = greeter('b');
    await expect(claimSocket(second, path)).rejects.toMatchObject({ code: 'CONTROL_IN_USE' });
    expect(second.listening).toBe(false);
    expect(readdirSync(directory)).toEqual(['control.sock']);
    expect(await greetingAt(path)).toBe('a');
  });

  it.each([
    { what: 'a socket that nobody listens on', leave: leaveStaleSocket },
    { what: 'a file', leave: (path: string) => writeFileSync(path, '') },
  ])('replaces $what', async ({ leave }) => {
    const directory = tempDir();
    const path = join(directory, 'control.sock');
    leave(path);
    expect(readdirSync(directory)).toEqual(['control.sock']);
    await claimSocket(greeter('new'), path);
    expect(await greetingAt(path)).toBe('new');
    expect(readdirSync(directory)).toEqual(['control.sock']);
  });

  it('goes to exactly one of many that find a stale one at the same time', async () => {
    const directory = tempDir();
    const path = join(directory, 'control.sock');
    leaveStaleSocket(path);
    const names = Array.from({ length: 40 }, (_, index) => `server ${index}`);
    const claims = await Promise.allSettled(names.map((name) => claimSocket(greeter(name), path)));
    const winners = names.filter((_, index) => claims[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(await greetingAt(path)).toBe(winners[0]);
    expect(readdirSync(directory)).toEqual(['control.sock']);
  });

  it('is not taken from a successor when it is given back late', async () => {
    const path = join(tempDir(), 'control.sock');
    const first = greeter('a');
    const giveBack = await claimSocket(first, path);
    await new Promise((resolve) => first.close(resolve));
    await claimSocket(greeter('b'), path);
    await giveBack();
    expect(await greetingAt(path)).toBe('b');
  });

  it.each([
    { what: 'a missing directory', at: (directory: string) => join(directory, 'missing', 'control.sock') },
    { what: 'a path longer than the kernel takes', at: (directory: string) => join(directory, 'x'.repeat(120), 'c') },
  ])('cannot be had in $what', async ({ at }) => {
    const directory = tempDir();
    const path = at(directory);
    if (path.length > 108) mkdirSync(join(path, '..'));
    await expect(claimSocket(greeter('a'), path)).rejects.toMatchObject({
      code: 'RUN_DIR_UNUSABLE',
      message: expect.stringContaining(path) as string,
    });
  });
});
