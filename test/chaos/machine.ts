/** What a machine may have too little or too much of: descriptors, processes, orphans, time. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResult } from '../rig/borginit.ts';
import { isAlive, type ProcessDetail } from '../rig/processes.ts';
import { makePidsCgroup } from '../rig/pids-cgroup.ts';
import { until } from '../rig/until.ts';
import { any, deploy, deployAndEnd, kill, type Action } from './action.ts';
import { masterOf, supervisorOf, type Scene } from './scene.ts';

/** Not one descriptor more than it has now. Returns what allows what was allowed before. */
function allowNoDescriptor(process: ProcessDetail): () => void {
  const open = readdirSync(`/proc/${process.pid}/fd`).map(Number);
  const limits = readFileSync(`/proc/${process.pid}/limits`, 'utf8');
  const before = /^Max open files +(\d+)/m.exec(limits)?.[1] ?? '1024';
  const allow = (soft: string): void => {
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`]);
  };
  allow(String(Math.max(...open) + 1));
  return () => {
    if (isAlive(process)) allow(before);
  };
}

/** Somebody can start no process for a while. What becomes of a deploy meanwhile is open; afterwards one must go well. */
async function withoutForks(scene: Scene, who: ProcessDetail, act: () => Promise<unknown>): Promise<void> {
  await using cgroup = makePidsCgroup();
  cgroup.join(who.pid);
  cgroup.limit(1);
  await act();
  await delay(scene.random.between(500, 4_000));
}

/** Orphaned by one exit, all of them zombies already; who left them sees how long each stays one. */
async function burst({ deployment, options, orphans }: Scene): Promise<void> {
  const { borginit, home } = deployment;
  const result = join(home.path, 'orphans');
  rmSync(result, { force: true });
  const env = ['BENCH_SECONDS=0', `BENCH_BURST=${options.orphans}`, `BENCH_FILE=${result}`];
  // On a machine that is full of orphans already there may be no process for another moment.
  const begin = (): Promise<CommandResult> =>
    borginit.inside(['env', ...env, 'sh', '-c', `${orphans} > /dev/null 2>&1 &`]);
  await until(async () => (await begin()).code === 0, 'a process for one more');
  const left = await until(
    () => /^burst \d+ \S+ \d+ (\d+)$/m.exec(readFileSync(result, 'utf8'))?.[1],
    'the end of all orphans',
    300_000,
  );
  // It waits to be ended.
  const parent = borginit.processes().find(({ title }) => title === orphans);
  if (parent !== undefined) await kill(parent);
  if (left !== '0') throw new Error(`of ${options.orphans} orphans ${left} stayed zombies`);
}

/** A hundred processes twenty times, whose parent has gone before they end. */
const leaveOrphans = 'for i in $(seq 20); do (n=0; while [ $n -lt 100 ]; do true & n=$((n+1)); done); done';

/** Sets the clock so many seconds off, and later right. */
async function withClockOff(seconds: number, act: () => Promise<void>): Promise<void> {
  const [wall, monotonic] = [Date.now(), performance.now()];
  const set = (ms: number): void => void execFileSync('date', ['-s', `@${(ms / 1_000).toFixed(3)}`]);
  set(wall + seconds * 1_000);
  try {
    await act();
  } finally {
    set(wall + performance.now() - monotonic);
  }
}

export const machine: readonly Action[] = [
  {
    name: 'a supervisor that is allowed no more descriptors',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const allow = allowNoDescriptor(await supervisorOf(scene));
      await deploy(scene);
      await delay(scene.random.between(500, 4_000));
      allow();
      await deployAndEnd(scene);
    },
  },
  {
    name: 'a supervisor that can start no process, and a master that is killed',
    weight: 1,
    mayLose: any,
    act: async (scene) => {
      await withoutForks(scene, await supervisorOf(scene), async () => kill(await masterOf(scene)));
    },
  },
  {
    name: 'a master that can start no process, and a deploy',
    // A new master that comes after it was given up is left beside the old one: --only draws it.
    weight: 0,
    mayLose: 0,
    act: async (scene) => {
      await withoutForks(scene, await masterOf(scene), () => deploy(scene));
      await deployAndEnd(scene);
    },
  },
  { name: 'orphans, all at once', weight: 1, mayLose: 0, act: burst },
  {
    name: 'orphans, as fast as they can be made',
    weight: 1,
    mayLose: 0,
    act: async ({ deployment }) => {
      await deployment.borginit.inside(['sh', '-c', leaveOrphans]);
    },
  },
  {
    name: 'a clock that is set while a reload goes on',
    weight: 1,
    mayLose: 0,
    needs: ({ clock }) => clock,
    act: async (scene) => {
      const seconds = scene.random.oneOf([-86_400, -3_600, -5, 5, 3_600, 86_400]);
      await withClockOff(seconds, async () => {
        await deploy(scene);
        await delay(scene.random.between(0, 2_000));
      });
    },
  },
];
