import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommand } from '../../src/effects/command.ts';
import { processesBelow, readProcess } from '../../src/effects/proc.ts';
import type { ProcessInfo } from '../../src/model/process.ts';
import { start } from '../fixtures/effects/program.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

/** Starts a shell script and waits until it has come to rest as so many processes, itself included; all end with the test. */
async function startTree(script: string, count: number): Promise<ProcessInfo[]> {
  // The outer shell has something left to do, lest it execute the inner one in its own place.
  const { pid } = start(['sh', '-c', 'sh -c "$0"; exit', script]);
  const isAtRest = (found: readonly ProcessInfo[]): boolean =>
    found.length === count &&
    found.every(({ pid: own, title }) => !title.startsWith('sh ') || found.some(({ parentPid }) => parentPid === own));
  onTestFinished(() => processesBelow(pid).forEach((member) => process.kill(member.pid, 'SIGKILL')));
  return vi.waitUntil(
    () => {
      const found = processesBelow(pid);
      return isAtRest(found) && found;
    },
    { timeout: 20_000 },
  );
}

describe('the processes below one', () => {
  it('are all its descendants, parents first', async () => {
    const below = await startTree('sleep 61 & sh -c "sleep 62 & wait" & wait', 4);
    expect(below.map(({ title }) => title).sort()).toEqual([
      'sh -c sleep 61 & sh -c "sleep 62 & wait" & wait',
      'sh -c sleep 62 & wait',
      'sleep 61',
      'sleep 62',
    ]);
    const seen = new Set<number>([below[0]?.parentPid ?? 0]);
    for (const { pid, parentPid } of below) {
      expect(seen).toContain(parentPid);
      seen.add(pid);
    }
  });

  it('are told apart by what they execute: a fork shares its image, an exec does not', async () => {
    const below = await startTree('(sleep 63; :) & wait', 3);
    const [outer, fork, exec] = below;
    expect(outer?.image).not.toBe('');
    expect(fork?.image).toBe(outer?.image);
    expect(exec?.image).not.toBe(outer?.image);
  });

  it('include one whose name is made to mislead', async () => {
    const evil = join(makeTempDir(), 'x) S 1 (\ny');
    copyFileSync('/bin/sleep', evil);
    const [, sleeper] = await startTree(`'${evil}' 64 & wait`, 2);
    expect(sleeper).toMatchObject({ state: 'S', title: `${evil.replace('\n', ' ')} 64` });
  });

  it('include a zombie, by its name', async () => {
    const below = await startTree('(exec true) & exec sleep 65', 2);
    const zombie = await vi.waitUntil(() =>
      processesBelow(below[0]?.parentPid ?? 0).find(({ state }) => state === 'Z'),
    );
    expect(zombie.title).toMatch(/^\[(true|sh)\]$/);
  });

  it('show which signals they catch', async () => {
    const [shell] = await startTree('trap : USR2 HUP; sleep 66 & wait', 2);
    expect(shell?.catches).toEqual(expect.arrayContaining(['SIGHUP', 'SIGUSR2']));
    expect(shell?.catches).not.toContain('SIGTERM');
  });
});

describe('a command that exceeds its limit', () => {
  const script = 'trap "" TERM; sleep 67 & echo $! > "$0/draft"; mv "$0/draft" "$0/pid"; wait';

  it.each(['null', 'inherit'] as const)('is killed with all that belongs to it (standard input: %s)', async (stdin) => {
    const directory = makeTempDir();
    const running = runCommand({
      command: ['sh', '-c', script, directory],
      timeoutMs: 1_500,
      stdin,
      output: 'discard',
    });
    await vi.waitUntil(() => existsSync(join(directory, 'pid')), { timeout: 1_400 });
    const sleeper = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    expect(readProcess(sleeper)).toBeDefined();
    expect(await running).toMatchObject({
      outcome: { kind: 'signaled', signal: 'SIGKILL' },
      lastLine: '',
      timedOut: true,
    });
    const isAlive = (): boolean =>
      /\) [^Z]/.test(existsSync(`/proc/${sleeper}/stat`) ? readFileSync(`/proc/${sleeper}/stat`, 'utf8') : '');
    await vi.waitUntil(() => !isAlive(), { timeout: 5_000 });
  });
});
