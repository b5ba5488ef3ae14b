import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { readProcess } from '../../src/effects/proc.ts';
import { standStill } from '../../src/effects/standstill.ts';

async function sleeper() {
  const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return { child, ref: readProcess(child.pid ?? 0) ?? expect.fail('it has ended') };
}

it('waits until those that were told to stop have stopped', async () => {
  const [first, second] = [await sleeper(), await sleeper()];
  first.child.kill('SIGSTOP');
  second.child.kill('SIGSTOP');
  expect(await standStill([first.ref, second.ref], 60_000)).toBe(true);
});

it('says no of one that runs on, and yes of one that has ended', async () => {
  const { child, ref } = await sleeper();
  expect(await standStill([ref], 0)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await standStill([ref], 0)).toBe(true);
  expect(await standStill([], 0)).toBe(true);
});
