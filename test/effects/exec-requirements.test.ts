import { spawn } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { missingForExec } from '../../src/effects/exec-requirements.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const self = { pid: process.pid, startTicks: 0 };

it('names the working directory that is gone', () => {
  const cwd = makeTempDir();
  expect(missingForExec(self, cwd)).toBe('');
  rmSync(cwd, { recursive: true });
  expect(missingForExec(self, cwd)).toBe(`no new master could start: its working directory ${cwd} is not there`);
});

it('names the program that is gone', () => {
  const program = join(makeTempDir(), 'sleep');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['1000']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const main = { pid: child.pid ?? 0, startTicks: 0 };
  expect(missingForExec(main, '/')).toBe('');
  rmSync(program);
  expect(missingForExec(main, '/')).toBe(`no new master could start: its program ${program} is not there`);
});

it('has nothing to say of a process that has ended', () => {
  expect(missingForExec({ pid: 2 ** 30, startTicks: 0 }, '/')).toBe('');
});
