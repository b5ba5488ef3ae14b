import { spawn } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { missingForExec } from '../../src/effects/exec-requirements.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const service = { cwd: '/', command: ['web'], env: {} } as const;
const self = { pid: process.pid, startTicks: 0 };
const missing = (what: string): string => `no new generation could start: its ${what} is not there`;

it('names the working directory that is gone', () => {
  const cwd = makeTempDir();
  expect(missingForExec(self, { ...service, cwd })).toBe('');
  rmSync(cwd, { recursive: true });
  expect(missingForExec(self, { ...service, cwd })).toBe(missing(`working directory ${cwd}`));
});

it('names the program that is gone', () => {
  const program = join(makeTempDir(), 'sleep');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['1000']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const main = { pid: child.pid ?? 0, startTicks: 0 };
  expect(missingForExec(main, service)).toBe('');
  rmSync(program);
  expect(missingForExec(main, service)).toBe(missing(`program ${program}`));
});

it('names the program of the command that is gone, which a script no longer shows', () => {
  const program = join(makeTempDir(), 'web');
  writeFileSync(program, '');
  const command = [program, '-c', '/srv/web.conf'] as const;
  expect(missingForExec(self, { ...service, command })).toBe('');
  rmSync(program);
  expect(missingForExec(self, { ...service, command })).toBe(missing(`program ${program}`));
});

it('names the Gemfile of the configuration that is gone', () => {
  const gemfile = join(makeTempDir(), 'Gemfile');
  writeFileSync(gemfile, '');
  const env = { BUNDLE_GEMFILE: gemfile };
  expect(missingForExec(self, { ...service, env })).toBe('');
  rmSync(gemfile);
  expect(missingForExec(self, { ...service, env })).toBe(missing(`Gemfile ${gemfile}`));
});

it('has nothing to say of a process that has ended', () => {
  expect(missingForExec({ pid: 2 ** 30, startTicks: 0 }, service)).toBe('');
});
