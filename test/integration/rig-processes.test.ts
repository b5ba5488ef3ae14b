import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startCommand } from '../rig/command.ts';
import { freePort } from '../rig/free-port.ts';
import { startLoad } from '../rig/load.ts';
import { sampleParents } from '../rig/parent-sampler.ts';
import { isAlive, processesBelow, readProcess } from '../rig/processes.ts';
import { scriptedChildren, type ScriptedChild } from '../rig/scripted-child.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';
import { parseWrk } from '../rig/wrk.ts';

const alive = (pid: number): boolean => {
  const row = readProcess(pid);
  return row !== undefined && isAlive(row);
};

it('removes a temporary directory with all that is in it', async () => {
  let path = '';
  {
    await using dir = await tempDir();
    path = dir.path;
    await writeFile(join(path, 'file'), '');
  }
  expect(existsSync(path)).toBe(false);
});

it('says what it waited for and what it saw last', async () => {
  const three = (note: (seen: unknown) => void): undefined => {
    note({ count: 3 });
  };
  await expect(until(three, 'four of them', 1)).rejects.toThrow(
    'cannot see four of them within 1 ms: last seen { count: 3 }',
  );
  const broken = (): never => {
    throw new Error('no such thing');
  };
  await expect(until(broken, 'it', 1)).rejects.toThrow(/^cannot see it within 1 ms: last seen Error: no such thing/);
});

it('kills what left its parent, its session and its environment behind', async () => {
  await using dir = await tempDir();
  const pids: number[] = [];
  {
    await using children = await scriptedChildren(dir.path);
    const script = `${children.command.join(' ')} & setsid ${children.command.join(' ')} & env -i ${children.command.join(' ')}`;
    await using command = startCommand(['sh', '-c', script]);
    for (let count = 0; count < 3; count += 1) pids.push((await children.next()).pid);
    expect(pids.filter(alive)).toHaveLength(3);
    await command[Symbol.asyncDispose]();
    expect(pids.filter(alive)).toEqual([]);
  }
});

it('steers a scripted child', async () => {
  await using dir = await tempDir();
  await using children = await scriptedChildren(dir.path);
  await using command = startCommand(children.command);
  const child = await children.next();
  expect(child).toMatchObject({ pid: command.pid, parentPid: process.pid });

  await child.tell({ kind: 'print', text: 'hello' });
  await child.tell({ kind: 'print', text: 'oops', to: 'stderr' });
  await until(() => command.stdout() === 'hello' && command.stderr() === 'oops', 'both texts');

  await child.tell({ kind: 'catch', signal: 'SIGTERM' });
  command.kill('SIGTERM');
  await until(() => child.caught.join() === 'SIGTERM', 'the signal');

  await child.tell({ kind: 'fork' });
  const grandchild = await children.next();
  expect(grandchild.parentPid).toBe(child.pid);
  await grandchild.tell({ kind: 'die', signal: 'SIGKILL' });

  await child.tell({ kind: 'exit', code: 7 });
  expect(await command.exit).toEqual({ code: 7, signal: null });
});

it('ends a scripted child when the test is over', async () => {
  await using dir = await tempDir();
  let child: ScriptedChild | undefined;
  await using command = await (async () => {
    await using children = await scriptedChildren(dir.path);
    const started = startCommand(children.command);
    child = await children.next();
    return started;
  })();
  await child?.gone;
  expect(await command.exit).toEqual({ code: 1, signal: null });
});

it.each([
  { what: 'by descent', watch: (pid: number) => ({ below: pid }) },
  { what: 'by title', watch: () => ({ title: 'scripted-child' }) },
])('sees a process that had init as its parent, known $what', async ({ watch }) => {
  await using dir = await tempDir();
  await using children = await scriptedChildren(dir.path);
  // PID 1 of the namespace is a shell that stays.
  const [node, script, socket] = children.command;
  const namespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL', 'sh', '-c'];
  await using command = startCommand(
    [...namespace, '"$@"; exec sleep infinity', 'sh', node, String(script), String(socket)],
    {},
  );
  const parent = await children.next();
  const init = await until(() => processesBelow(command.pid)[0], 'PID 1');
  const outer = await until(() => processesBelow(init.pid).at(-1), 'the child');
  expect(outer.innerPid).toBe(parent.pid);
  await using sampler = await sampleParents({ initPid: init.pid, ...watch(outer.pid) });
  await parent.tell({ kind: 'fork' });
  await children.next();
  const row = await until(() => processesBelow(outer.pid)[0], 'the grandchild');
  await parent.tell({ kind: 'exit', code: 0 });
  await until(() => readProcess(row.pid)?.parentPid === init.pid, 'an orphan');
  const { looks, orphans } = await sampler.stop();
  expect(looks).toBeGreaterThan(1);
  expect(orphans.map(({ pid }) => pid)).toContain(row.pid);
});

it('counts refused connections as failures', async () => {
  await using load = await startLoad({ url: `http://127.0.0.1:${await freePort()}/`, connections: 1 });
  const { requests, failed, errors, byRevision } = await load.stop();
  expect(requests).toBeGreaterThan(0);
  expect(failed).toBe(requests);
  expect(errors).toEqual([`${failed} × ECONNREFUSED`]);
  expect(byRevision).toEqual({});
});

it('reads what wrk prints', () => {
  const text = `Running 2s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.23ms  200.00us  31.50ms   90.00%
    Req/Sec     1.00k    10.00     1.10k    70.00%
  Latency Distribution
     50%    1.10ms
     99%  500.00us
  12345 requests in 2.00s, 1.00MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:   6172.50
`;
  expect(parseWrk(text)).toEqual({
    requests: 12345,
    badStatuses: 5,
    socketErrors: { connect: 1, read: 2, write: 3, timeout: 4 },
    p99Ms: 0.5,
    maxMs: 31.5,
  });
});
