/** A cgroup with a limit of its memory, of version 1 or 2, whichever can be made here. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until.ts';

export interface MemoryCgroup extends AsyncDisposable {
  /** Whoever writes its own pid here is in it. */
  readonly procs: string;
  /** So many times it was full, and something was killed for that. */
  kills(): number;
}

const v1 = '/sys/fs/cgroup/memory';
const v2 = '/sys/fs/cgroup';

/** Fails where there is none to be had: no root, no such controller, or a file system that is not to be written. */
export function makeMemoryCgroup(limitBytes: number): MemoryCgroup {
  const isFirst = existsSync(join(v1, 'memory.limit_in_bytes'));
  const dir = join(isFirst ? v1 : v2, `borginit-test-${process.pid}`);
  try {
    mkdirSync(dir);
    writeFileSync(join(dir, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), String(limitBytes));
  } catch (error) {
    if (existsSync(dir)) rmdirSync(dir);
    throw error;
  }
  const procs = join(dir, 'cgroup.procs');
  return {
    procs,
    kills() {
      const [name, pattern] = isFirst
        ? (['memory.oom_control', /^oom_kill (\d+)$/m] as const)
        : (['memory.events', /^oom_kill (\d+)$/m] as const);
      return Number(pattern.exec(readFileSync(join(dir, name), 'utf8'))?.[1] ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await until(() => readFileSync(procs, 'utf8') === '', 'an empty cgroup');
      rmdirSync(dir);
    },
  };
}

/** Whether one can be made here: a test that needs it is to be seen not to run, rather than to pass without. */
export async function canLimitMemory(): Promise<boolean> {
  try {
    await makeMemoryCgroup(2 ** 30)[Symbol.asyncDispose]();
    return true;
  } catch {
    // For whatever reason: there is nothing that a test could do about it.
    return false;
  }
}
