/** Sockets that a shim holds for its command, and the command started once more on them. */
import { existsSync, readlinkSync, statSync } from 'node:fs';
import { symlink, mkdir, rename } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { line, ppidshim, reference, runShim, stateOf, talk } from '../fixtures/shim/rig.ts';
import { startCommand } from '../rig/command.ts';
import { freePort } from '../rig/free-port.ts';
import { readProcess } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

/** Says who it is, what it was given and where it runs, and stays. */
const tells = ['sh', '-c', 'echo "$$ $LISTEN_PID $LISTEN_FDS in $(pwd)"; exec sleep 1000'];

const connects = async (address: string | number): Promise<boolean> => {
  const socket = typeof address === 'string' ? createConnection(address) : createConnection(address, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** The pid in the `n`-th line `second running`. */
async function startSecond(shim: Awaited<ReturnType<typeof runShim>>): Promise<number> {
  const from = shim.talk.heard.length;
  expect(await shim.talk.ask('second')).toBe('ok');
  const [, pid = ''] = /^second running (\d+) /.exec(await shim.talk.hear(/^second running /, from)) ?? [];
  return Number(pid);
}

describe('--listen', () => {
  it('hands sockets over as socket activation has it, and takes connections before the command does', async () => {
    await using dir = await tempDir();
    const [port, path] = [await freePort(), join(dir.path, 'web.sock')];
    await using shim = await runShim(tells, ['--listen', `127.0.0.1:${port}`, '--listen', path, '--listen', '[::]:0']);
    await line(shim.launcher, `${shim.main} ${shim.main} 3 in ${process.cwd()}`);
    for (const fd of [3, 4, 5]) expect(readlinkSync(`/proc/${shim.main}/fd/${fd}`)).toMatch(/^socket:/);
    expect([await connects(port), await connects(path)]).toEqual([true, true]);
    expect(statSync(path).mode & 0o777).toBe(0o666);
  });

  it('leaves no socket behind, and takes the place of one that was left', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'web.sock');
    {
      await using shim = await runShim(['sleep', '1000'], ['--listen', path]);
      process.kill(shim.pid, 'SIGKILL');
      await until(() => readProcess(shim.pid) === undefined, 'the end of the shim');
      process.kill(shim.main, 'SIGKILL');
      await until(async () => !(await connects(path)), 'nobody to answer');
      expect(existsSync(path)).toBe(true);
    }
    {
      await using shim = await runShim(['sleep', '1000'], ['--listen', path]);
      expect(await connects(path)).toBe(true);
      await shim.talk.ask('kill');
      await shim.talk.hear('empty');
      await shim.talk.ask('end');
      await shim.talk.end();
    }
    expect(existsSync(path)).toBe(false);
  });

  it('is refused where somebody else listens, and where it makes no sense', async () => {
    await using dir = await tempDir();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const failing = async (...addresses: string[]): Promise<string> => {
      const args = addresses.flatMap((address) => ['--listen', address]);
      await using shim = startCommand([ppidshim, '--run', '--socket', join(dir.path, 's'), ...args, '--', 'true']);
      return `${(await shim.exit).code}: ${shim.stderr()}`;
    };
    expect(await failing(`127.0.0.1:${port}`)).toBe(
      `70: ppidshim: cannot listen on 127.0.0.1:${port}: Address in use\n`,
    );
    taken.close();
    for (const address of ['localhost:80', '127.0.0.1', '127.0.0.1:65536', '[::1:80', 'x.sock', `/${'x'.repeat(108)}`])
      expect(await failing(address)).toMatch(/^64: .*expected ADDRESS:PORT/);
    expect(await failing(...Array.from({ length: 17 }, () => '127.0.0.1:0'))).toMatch(/^64: .*more than 16 sockets/);
  });
});

describe('second', () => {
  it('starts the command beside the main process, on the same sockets, where its directory leads by then', async () => {
    await using dir = await tempDir();
    const [first, next, current] = ['r1', 'r2', 'current'].map((name) => join(dir.path, name)) as [
      string,
      string,
      string,
    ];
    await Promise.all([mkdir(first), mkdir(next), symlink(first, current)]);
    await using shim = await runShim(tells, ['--cwd', current, '--listen', '127.0.0.1:0', '--name', 'x'.repeat(200)]);
    await line(shim.launcher, `${shim.main} ${shim.main} 1 in ${first}`);
    await symlink(next, `${current}.next`);
    await rename(`${current}.next`, current);
    const second = await startSecond(shim);
    await line(shim.launcher, `${second} ${second} 1 in ${next}`);
    expect(readlinkSync(`/proc/${second}/fd/3`)).toBe(readlinkSync(`/proc/${shim.main}/fd/3`));
    expect(readProcess(second)?.parentPid).toBe(shim.pid);
    expect(await shim.talk.ask('second')).toBe('error EBUSY');
  });

  it('is told of to who comes later, and so is how it ended to who is there', async () => {
    await using shim = await runShim(['sleep', '1000']);
    const second = await startSecond(shim);
    const known = reference(second);
    using late = talk(shim.path);
    await late.hear('ready');
    expect(late.heard.slice(1)).toEqual([`main running ${reference(shim.main)}`, `second running ${known}`, 'ready']);
    process.kill(second, 'SIGTERM');
    await late.hear(`second signaled ${known} 15`);
    await shim.talk.hear(`second signaled ${known} 15`);
    expect(await startSecond(shim)).not.toBe(second);
  });

  it('becomes the main process as an heir, and then there may be another', async () => {
    await using shim = await runShim(['sleep', '1000']);
    const second = await startSecond(shim);
    const known = reference(second);
    expect(await shim.talk.ask(`heir ${known}`)).toBe('ok');
    process.kill(shim.main, 'SIGTERM');
    await shim.talk.hear(`main running ${known}`);
    const third = await startSecond(shim);
    expect(stateOf(third)).toBeDefined();
    expect(shim.talk.heard.filter((said) => said.startsWith('second'))).toHaveLength(2);
  });

  it('is refused when there is nothing to be beside', async () => {
    await using shim = await runShim(['true']);
    await shim.talk.hear(/^main exited /);
    expect(await shim.talk.ask('second')).toBe('error ESRCH');
  });

  it('is told to stop as the main process is, by a TERM to the shim', async () => {
    await using shim = await runShim(['sleep', '1000'], ['--stop-signal', '2']);
    const second = await startSecond(shim);
    await until(() => readlinkSync(`/proc/${second}/exe`).endsWith('sleep'), 'the second to be executed');
    process.kill(shim.pid, 'SIGTERM');
    await shim.talk.end();
    expect(readProcess(second)).toBeUndefined();
  });
});
