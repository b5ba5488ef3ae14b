import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { pinnedVariables, wrongRelease } from '../../src/effects/release.ts';
import type { ProcessRef } from '../../src/model/process.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

let app = '';
let current = '';

beforeEach(() => {
  app = realpathSync(makeTempDir());
  current = join(app, 'current');
  for (const release of ['r1', 'r2']) mkdirSync(join(app, 'releases', release), { recursive: true });
  deploy('r1');
});

/** Points "current" to another release, in one step. */
function deploy(release: string): void {
  symlinkSync(join(app, 'releases', release), `${current}.new`);
  renameSync(`${current}.new`, current);
}

/** A process whose working directory is that one. */
async function runIn(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<ProcessRef> {
  const child = spawn('/bin/sleep', ['1000'], { cwd, env: { ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve) => void child.once('spawn', resolve));
  return { pid: pidOf(child), startTicks: 0 };
}

const pidOf = ({ pid }: ChildProcess): number => pid ?? expect.fail('it did not start');

it('has nothing to say of a master that runs in the release that is current', async () => {
  expect(wrongRelease(await runIn(current), current)).toBe('');
});

it('names both releases where the master runs in another than the current one', async () => {
  const master = await runIn(current);
  deploy('r2');
  expect(wrongRelease(master, current)).toBe(
    `runs in ${app}/releases/r1, and its working directory ${current} is ${app}/releases/r2`,
  );
});

it('knows the other release though its directory has been removed', async () => {
  const master = await runIn(current);
  deploy('r2');
  rmSync(join(app, 'releases/r1'), { recursive: true });
  expect(wrongRelease(master, current)).toBe(
    `runs in ${app}/releases/r1, and its working directory ${current} is ${app}/releases/r2`,
  );
});

it.each(['releases', 'releases/r1/public', '..'])('does not mean a master that has gone to %s', async (elsewhere) => {
  mkdirSync(join(app, elsewhere), { recursive: true });
  const master = await runIn(join(app, elsewhere));
  deploy('r2');
  expect(wrongRelease(master, current)).toBe('');
});

it('has nothing to say of a process that has ended, nor where the directory has gone', async () => {
  expect(wrongRelease({ pid: 2 ** 30, startTicks: 0 }, current)).toBe('');
  const master = await runIn(current);
  rmSync(current);
  expect(wrongRelease(master, current)).toBe('');
});

it('knows no release where no link leads to the working directory', async () => {
  const [plain, other] = [join(app, 'plain'), join(app, 'other')];
  for (const directory of [plain, other]) mkdirSync(directory);
  expect(wrongRelease(await runIn(other), plain)).toBe('');
  expect(pinnedVariables(await runIn(plain, { GEM_HOME: other }), plain)).toEqual([]);
});

it('names the variables that point into another release than the current one', async () => {
  const master = await runIn(current, {
    BUNDLE_GEMFILE: join(app, 'releases/r1/Gemfile'),
    BUNDLE_PATH: join(app, 'shared'),
    LOADED: join(app, 'releases/r2/lib'),
    OLDPWD: join(app, 'releases/r1'),
    ROOT: current,
  });
  expect(pinnedVariables(master, current)).toEqual(['LOADED']);
  deploy('r2');
  expect(pinnedVariables(master, current)).toEqual(['BUNDLE_GEMFILE']);
});
