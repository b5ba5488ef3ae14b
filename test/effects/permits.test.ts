import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPermits, type Permits } from '../../src/effects/permits.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';
import { allProcesses, readTitle } from '../rig/processes.ts';
import { until } from '../rig/until.ts';

const open: Permits[] = [];

/** A taker of permits, and what it was told. */
function taker(): Permits & { readonly told: string[] } {
  const told: string[] = [];
  const permits = createPermits({ taken: () => told.push('taken'), lost: (problem) => told.push(problem) });
  open.push(permits);
  return { ...permits, told };
}

const lockFiles = (count: number): string[] => {
  const dir = makeTempDir();
  return Array.from({ length: count }, (_, index) => join(dir, `lock.${index + 1}`));
};

/** The programs that wait for, or hold, one of these files. */
const programsOf = (files: readonly string[]) =>
  allProcesses().filter(({ pid, state }) => state !== 'Z' && files.some((file) => readTitle(pid).includes(file)));

afterEach(() => {
  vi.unstubAllEnvs();
  for (const permits of open.splice(0)) permits.release();
});

describe('permits', () => {
  it('are had by as many as there are files, and the next waits for the first that is given back', async () => {
    const files = lockFiles(2);
    const [one, two, three] = [taker(), taker(), taker()];
    one.take(files);
    await until(() => one.told.length > 0, 'the first to have one');
    two.take(files);
    await until(() => two.told.length > 0, 'the second to have one');
    three.take(files);
    await until(() => programsOf(files).length >= 4, 'the third to wait for both');
    two.release();
    await until(() => three.told.length > 0, 'the third to have one');
    expect([one.told, two.told, three.told]).toEqual([['taken'], ['taken'], ['taken']]);
  });

  it('are one each: whoever has one waits for no other', async () => {
    const files = lockFiles(3);
    const one = taker();
    one.take(files);
    await until(() => one.told.length > 0, 'one to be had');
    await until(() => programsOf(files).length === 1, 'the others to be given up');
    expect(one.told).toEqual(['taken']);
  });

  it('are not waited for any longer once they are released', async () => {
    const files = lockFiles(1);
    const [one, two] = [taker(), taker()];
    one.take(files);
    await until(() => one.told.length > 0, 'the first to have it');
    two.take(files);
    await until(() => programsOf(files).length === 2, 'the second to wait');
    two.release();
    await until(() => programsOf(files).length === 1, 'the second to be gone');
    one.release();
    await until(() => programsOf(files).length === 0, 'nothing to be left');
    expect(two.told).toEqual([]);
  });

  it('that a foreign hand takes away are lost', async () => {
    const files = lockFiles(1);
    const one = taker();
    one.take(files);
    await until(() => one.told.length > 0, 'it to be had');
    const [flock] = programsOf(files);
    // Never 0, which would be our own group.
    if (flock === undefined) throw new Error(`nothing holds it: ${one.told.join(', ')}`);
    process.kill(-flock.pid, 'SIGKILL');
    await until(() => one.told.length > 1, 'the loss');
    expect(one.told).toEqual(['taken', `the lock on ${files[0]} was lost: its flock has ended`]);
  });
});

describe('no permit can be had', () => {
  it('where the directory does not exist, which is told once', async () => {
    const one = taker();
    one.take(['/absent/lock.1', '/absent/lock.2']);
    await until(() => one.told.length > 0, 'the problem');
    expect(one.told).toHaveLength(1);
    expect(one.told[0]).toMatch(/^flock: .*\/absent\/lock\.[12].*No such file or directory/);
  });

  it('where there is no flock program', async () => {
    vi.stubEnv('PATH', '/absent');
    const one = taker();
    one.take(lockFiles(1));
    expect(one.told).toEqual([]);
    await until(() => one.told.length > 0, 'the problem');
    expect(one.told).toEqual(['cannot run flock: spawn flock ENOENT']);
  });

  it('where the program that is called flock takes no lock', async () => {
    const bin = join(makeTempDir(), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'flock'), '#!/bin/sh\necho "flock: not here" >&2\nexit 1\n');
    chmodSync(join(bin, 'flock'), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
    const one = taker();
    one.take(lockFiles(1));
    await until(() => one.told.length > 0, 'the problem');
    expect(one.told).toEqual(['flock: not here']);
  });
});
