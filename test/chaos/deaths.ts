/** Processes that are killed, or stand still. */
import { setTimeout as delay } from 'node:timers/promises';
import { generationsOf } from '../rig/generations.ts';
import { isAlive } from '../rig/processes.ts';
import { until } from '../rig/until.ts';
import { any, deploy, deployAndEnd, endOf, kill, killSupervisor, type Action } from './action.ts';
import { comingRevision, holdStill, masterOf, shimOf, signal, supervisorOf, workersOf, type Scene } from './scene.ts';
import { journalled, journalTells, phases, stateOf, type Phase } from './strikes.ts';

/** Strikes when the state is journalled; where that reload is over before, then. What was struck is what the journal says. */
async function strike(scene: Scene, phase: Phase): Promise<void> {
  const { deployment, random, strikes } = scene;
  const { runDir } = deployment.borginit;
  const kind = phase === 'rolling-back' ? 'raises-at-boot' : 'good';
  const victim = await supervisorOf(scene);
  const coming = comingRevision(scene);
  const told = journalTells(runDir, ({ state, last }) => state === stateOf(phase) || last === coming);
  const revision = await deploy(scene, kind);
  if (phase === 'salvaging') await killOldMaster(scene, revision);
  await told;
  const how = random.oneOf(['SIGKILL', 'SIGKILL', 'SIGABRT', 'SIGSTOP'] as const);
  if (how === 'SIGSTOP') await holdStill(victim, random.between(50, 1_500));
  else await kill(victim, how);
  strikes.count(journalled(runDir).state);
  await endOf(scene, revision, kind);
}

/** While the new one is there. */
async function killOldMaster(scene: Scene, revision: string): Promise<void> {
  const { deployment } = scene;
  const old = await until(async () => {
    const { lastReload } = await deployment.instance();
    const [first, second] = generationsOf(deployment);
    return lastReload?.to.revision === revision ? 'over' : second !== undefined && first?.master;
  }, 'two masters');
  if (old !== 'over') signal(old, 'SIGKILL');
}

async function killNewMaster(scene: Scene): Promise<void> {
  const { deployment } = scene;
  const revision = await deploy(scene);
  const fresh = await until(async () => {
    const { lastReload } = await deployment.instance();
    return lastReload?.to.revision === revision ? 'over' : generationsOf(deployment)[1]?.master;
  }, 'a new master');
  if (fresh !== 'over') signal(fresh, 'SIGKILL');
  const { outcome } = await deployment.ends(revision);
  if (outcome === 'reloaded') return;
  scene.expected = (await deployment.instance()).revision ?? scene.expected;
  await deployment.home.pointTo(scene.expected);
}

/**
 * It is noticed, the service is started anew and not twice, and nothing of the old one is left; the rest is what must be
 * so after every action.
 */
async function killShim(scene: Scene): Promise<void> {
  const { deployment } = scene;
  const [shim, before] = [await shimOf(scene), generationsOf(deployment)];
  const { generation } = await deployment.instance();
  await kill(shim);
  await until(async () => {
    const { state, generation: now } = await deployment.instance();
    return state === 'running' && now === (generation ?? 0) + 1;
  }, 'the next generation, and not the one after it');
  await until(
    () => before.every(({ master, workers }) => [master, ...workers].every((process) => !isAlive(process))),
    'the end of all that the shim had below it',
  );
}

const still = async (scene: Scene, who: (scene: Scene) => Promise<Parameters<typeof holdStill>[0]>): Promise<void> => {
  await deploy(scene);
  await delay(scene.random.between(0, 1_000));
  await holdStill(await who(scene), scene.random.between(50, 1_500));
};

export const struck = (phase: Phase): Action => ({
  name: `the supervisor is struck while ${phase}`,
  weight: 1,
  // It is the death of the old master that leads to the last.
  mayLose: phase === 'salvaging' ? any : 0,
  act: (scene) => strike(scene, phase),
});

export const deaths: readonly Action[] = [
  ...phases.map(struck),
  {
    name: 'SIGKILL to the supervisor at any moment of a reload, and to the next one too',
    weight: 2,
    mayLose: 0,
    act: async (scene) => {
      await deploy(scene);
      for (let times = 0; times < 2; times++) {
        await delay(scene.random.between(0, 1_500));
        await killSupervisor(scene);
      }
    },
  },
  { name: 'a supervisor that stands still', weight: 1, mayLose: 0, act: (scene) => still(scene, supervisorOf) },
  { name: 'a shim that stands still', weight: 1, mayLose: 0, act: (scene) => still(scene, shimOf) },
  {
    name: 'a master that stands still until its successor was given up',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const master = await masterOf(scene);
      signal(master, 'SIGSTOP');
      await scene.deployment.ends(await deploy(scene));
      signal(master, 'SIGCONT');
    },
  },
  {
    name: 'SIGKILL to a worker',
    weight: 1,
    // The request that it has, and those that it has accepted.
    mayLose: 2,
    act: async (scene) => {
      const [first] = await workersOf(scene);
      if (first !== undefined) signal(first, 'SIGKILL');
    },
  },
  {
    name: 'SIGKILL to the master',
    weight: 1,
    mayLose: any,
    act: async (scene) => signal(await masterOf(scene), 'SIGKILL'),
  },
  {
    name: 'SIGKILL to the master and to the supervisor',
    weight: 1,
    mayLose: any,
    act: async (scene) => {
      signal(await masterOf(scene), 'SIGKILL');
      await delay(scene.random.between(0, 100));
      await killSupervisor(scene);
    },
  },
  { name: 'SIGKILL to the new master', weight: 1, mayLose: any, act: killNewMaster },
  {
    name: 'SIGKILL to the shim',
    weight: 1,
    mayLose: any,
    act: async (scene) => {
      await killShim(scene);
      await deployAndEnd(scene);
    },
  },
];
