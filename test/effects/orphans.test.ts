/** What real shims leave that are killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formerShim, hasEndedWithin, killOrphans, lookForOrphans, signalOrphan } from '../../src/effects/orphans.ts';
import type { ProcessRef } from '../../src/model/process.ts';
import { ppidshim, runShim, talk, type RunningShim } from '../fixtures/shim/rig.ts';
import { descendants, isAlive, readProcess, readTitle } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const refOf = (pid: number): ProcessRef => {
  const row = readProcess(pid) ?? expect.fail(`there is no process ${pid}`);
  return { pid: row.pid, startTicks: row.startTicks };
};

/** Starts a shim whose command ends in processes that sleep so many seconds, and waits for those. */
async function runSleepers(script: string, ...seconds: readonly number[]) {
  const shim = await runShim(['sh', '-c', script]);
  const sleepers = await until(
    (note) => {
      const rows = descendants(shim.pid).filter(({ pid }) => readTitle(pid).startsWith('sleep '));
      note(rows);
      const found = seconds.map((count) => rows.find(({ pid }) => readTitle(pid) === `sleep ${count}`));
      return found.every((row) => row !== undefined) && found.map(({ pid }) => refOf(pid));
    },
    `sleepers of ${seconds.join(', ')} seconds`,
  );
  return { shim, sleepers, self: refOf(shim.pid) };
}

async function kill({ pid }: Pick<RunningShim, 'pid'>): Promise<void> {
  const shim = refOf(pid);
  process.kill(pid, 'SIGKILL');
  expect(await hasEndedWithin(shim, 60_000)).toBe(true);
}

const byPid = (some: readonly ProcessRef[]): readonly ProcessRef[] => [...some].sort((a, b) => a.pid - b.pid);

/** What a test has started, to be ended with it. */
let scope: AsyncDisposableStack;
beforeEach(() => {
  scope = new AsyncDisposableStack();
});
afterEach(() => scope.disposeAsync());

/** On a machine that is busy a process takes its time to begin. */
const patience = { timeout: 60_000 };

describe('what a shim that was killed has left', patience, () => {
  it.each([
    {
      who: 'its main process and what that has started',
      script: 'sleep 2001 & exec sleep 2002',
      seconds: [2001, 2002],
    },
    { who: 'one in a session of its own', script: '(setsid sleep 2001 &); exec sleep 2002', seconds: [2001, 2002] },
    { who: 'one with an empty environment', script: '(env -i sleep 2001 &); exec sleep 2002', seconds: [2001, 2002] },
    {
      who: 'one that has left both, below one that has not',
      script: 'setsid env -i sh -c "sleep 2001; :" & exec sleep 2002',
      seconds: [2001, 2002],
    },
    { who: 'one whose parent has ended', script: '(sleep 2001 &); exec sleep 2002', seconds: [2001, 2002] },
  ])('is found: $who', async ({ script, seconds }) => {
    const { shim, sleepers, self } = await runSleepers(script, ...seconds);
    scope.use(shim);
    expect(lookForOrphans([self])).toEqual([]);
    await kill(shim);
    expect(formerShim(shim.path)).toEqual(self);
    expect(lookForOrphans([self])).toEqual(expect.arrayContaining([...sleepers]));
  });

  it('is found by who was known, when nothing else tells', async () => {
    const { shim, sleepers } = await runSleepers('setsid env -i sleep 2001 & exec sleep 2002', 2001, 2002);
    scope.use(shim);
    await kill(shim);
    const [away = expect.fail('it is not there')] = sleepers;
    expect(lookForOrphans([away])).toEqual([away]);
    expect(lookForOrphans([{ ...away, startTicks: away.startTicks - 1 }])).toEqual([]);
  });

  it('is not what another shim has, which was started by it', async () => {
    await using dir = await tempDir();
    const socket = join(dir.path, 'inner.sock');
    const inner = `${ppidshim} --run --socket ${socket} --name inner -- sleep 2001`;
    const { shim, sleepers, self } = await runSleepers(`${inner}; exec sleep 2002`, 2001, 2002);
    scope.use(shim);
    await kill(shim);
    expect(lookForOrphans([self])).toEqual(sleepers.slice(1));
    using client = talk(socket);
    await client.hear('ready');
    expect(await client.ask('kill')).toBe('ok');
  });

  it('is all killed, and then there is none', async () => {
    const { shim, sleepers, self } = await runSleepers('setsid sleep 2001 & exec sleep 2002', 2001, 2002);
    scope.use(shim);
    await kill(shim);
    expect(await killOrphans([self], 60_000)).toBe(true);
    expect(sleepers.filter(isAlive)).toEqual([]);
    expect(lookForOrphans([self])).toEqual([]);
  });

  it('is never we ourselves, nor init', () => {
    const pids = lookForOrphans([refOf(process.pid), refOf(process.ppid), { pid: 1, startTicks: 0 }]).map(
      ({ pid }) => pid,
    );
    expect(pids).not.toContain(process.pid);
    expect(pids).not.toContain(1);
  });

  it('is not looked for where nobody is known', () => {
    expect(lookForOrphans([])).toEqual([]);
  });

  it('in the same order or another, each is named once', async () => {
    const { shim, self, sleepers } = await runSleepers('sleep 2001 & sleep 2002 & wait', 2001, 2002);
    scope.use(shim);
    const main = refOf(shim.main);
    await kill(shim);
    expect(byPid(lookForOrphans([self, main, ...sleepers]))).toEqual(byPid([main, ...sleepers]));
  });
});

describe('the lock file of a shim', () => {
  const lockOf = async (text: string) => {
    const dir = await tempDir();
    const socket = join(dir.path, 'shim.sock');
    await writeFile(`${socket}.lock`, text);
    return { dir, socket };
  };

  it.each(['', '12\n', '12 34', '12 34 5\n', '-1 34\n', 'twelve 34\n'])('that says %j says nothing', async (text) => {
    const { dir, socket } = await lockOf(text);
    scope.use(dir);
    expect(formerShim(socket)).toBeUndefined();
  });

  it('says who it was, unless it is older than the machine’s last start', async () => {
    const { dir, socket } = await lockOf('12 34\n');
    scope.use(dir);
    expect(formerShim(socket)).toEqual({ pid: 12, startTicks: 34 });
    await utimes(`${socket}.lock`, 0, 0);
    expect(formerShim(socket)).toBeUndefined();
    expect(formerShim(join(dir.path, 'other.sock'))).toBeUndefined();
  });
});

describe('a signal to an orphan', () => {
  it('reaches that process and no other of its number', async () => {
    const child = spawn('sleep', ['2001']);
    const exit = once(child, 'exit');
    const one = refOf(child.pid ?? 0);
    expect(signalOrphan({ ...one, startTicks: one.startTicks + 1 }, 'SIGKILL')).toBe('');
    expect(isAlive(one)).toBe(true);
    expect(signalOrphan(one, 'SIGTERM')).toBe('');
    expect(await exit).toEqual([null, 'SIGTERM']);
    expect(signalOrphan(one, 'SIGTERM')).toBe('');
  });
});
