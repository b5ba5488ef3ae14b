/** What may happen to the run directory: full, read-only, emptied. */
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { generationsOf } from '../rig/generations.ts';
import { makeReadOnly } from '../rig/obstacles.ts';
import { until } from '../rig/until.ts';
import { any, deploy, deployAndEnd, kill, killSupervisor, type Action } from './action.ts';
import { isCalm } from './invariants.ts';
import { masterOf, type Scene } from './scene.ts';
import { journalled } from './strikes.ts';

const inRunDir = ({ deployment }: Scene, ...names: readonly string[]): string =>
  join(deployment.borginit.runDir, ...names);

/** Writes a file until there is no room left. Returns what removes it. */
function fill(scene: Scene): () => void {
  const path = inRunDir(scene, 'filler');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096);
  try {
    while (writeSync(file, page) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}

/** A supervisor whose predecessor could not write down what it had done does it once more. */
async function deployOnce(scene: Scene): Promise<void> {
  await deployAndEnd(scene);
  await isCalm(scene);
  const before = generationsOf(scene.deployment).map(({ master: { pid } }) => pid);
  await killSupervisor(scene);
  await isCalm(scene);
  const after = generationsOf(scene.deployment).map(({ master: { pid } }) => pid);
  if (String(after) !== String(before)) throw new Error('a reload was repeated that had ended');
}

async function whileFull(scene: Scene, act: () => Promise<void>): Promise<void> {
  const empty = fill(scene);
  try {
    await act();
  } finally {
    empty();
  }
}

/** Waits until what was removed is there again. */
const areBack = (scene: Scene, ...names: readonly string[]): Promise<true> =>
  until((note) => {
    const missing = names.filter((name) => !existsSync(inRunDir(scene, name)));
    note(missing);
    return missing.length === 0;
  }, 'all that belongs into the run directory');

export const runDirectory: readonly Action[] = [
  {
    name: 'a run directory that is full, and deploys',
    weight: 2,
    mayLose: 0,
    act: (scene) => whileFull(scene, () => deployOnce(scene)),
  },
  {
    name: 'a run directory that is full, and a supervisor that is killed in a reload',
    weight: 1,
    mayLose: 0,
    act: (scene) =>
      whileFull(scene, async () => {
        await deploy(scene);
        await delay(scene.random.between(0, 1_500));
        await killSupervisor(scene);
        await isCalm(scene);
      }),
  },
  {
    name: 'a run directory that is full, and a master that is killed',
    weight: 1,
    mayLose: any,
    act: (scene) =>
      whileFull(scene, async () => {
        await kill(await masterOf(scene));
        await isCalm(scene);
      }),
  },
  {
    name: 'a run directory that is read-only for the time of a deploy',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const allow = await makeReadOnly(scene.deployment.borginit, inRunDir(scene));
      try {
        await deployAndEnd(scene);
      } finally {
        await allow();
      }
      await isCalm(scene);
      // Then what was decided meanwhile is written down.
      await until(() => journalled(inRunDir(scene)).last === scene.expected, 'a journal that is up to date');
    },
  },
  {
    name: 'a run directory that is read-only, and a supervisor that is killed',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const allow = await makeReadOnly(scene.deployment.borginit, inRunDir(scene));
      try {
        await killSupervisor(scene);
        await delay(scene.random.between(0, 2_000));
      } finally {
        await allow();
      }
    },
  },
  {
    name: 'a run directory that loses its journal and its control socket',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const names = readdirSync(inRunDir(scene)).filter((name) => name !== 'services');
      for (const name of names) await rm(inRunDir(scene, name), { force: true });
      await areBack(scene, 'control.sock');
      await deployOnce(scene);
    },
  },
  {
    name: 'a run directory that loses its control socket, and then its supervisor',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      await rm(inRunDir(scene, 'control.sock'));
      await killSupervisor(scene);
    },
  },
];
