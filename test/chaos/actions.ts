/** What may happen at any moment, each drawn by chance and named so that a log of it can be read. */
import { once } from 'node:events';
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { generationsOf } from '../rig/generations.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { holdStill, masterOf, nextRevision, shimOf, signal, supervisorOf, workersOf, type Scene } from './scene.ts';

export interface Action {
  readonly name: string;
  /** How many requests it may cost. */
  readonly mayLose: number;
  readonly act: (scene: Scene) => Promise<void>;
}

/** No figure is promised: who answered is dead, or answers wrongly. */
const any = Infinity;

const phases = ['preparing', 'starting', 'proving', 'soaking', 'retiring'] as const;

/** Begins a reload, and does not wait. */
async function deploy(scene: Scene, kind: ReleaseKind = 'good'): Promise<string> {
  const revision = nextRevision(scene);
  await scene.deployment.home.addRelease(revision, kind);
  if (kind === 'good') scene.expected = revision;
  await scene.deployment.home.pointTo(revision);
  return revision;
}

async function deployAndEnd(scene: Scene, kind: ReleaseKind): Promise<void> {
  const revision = await deploy(scene, kind);
  await scene.deployment.ends(revision);
  if (kind === 'good') return;
  // Without preload, a worker that dies would be started from what the link means.
  await scene.deployment.home.pointTo(scene.expected);
}

/** Begins a reload, and acts in a phase of it, or after it where that phase was too short to be met. */
async function during(scene: Scene, phase: (typeof phases)[number], act: () => Promise<void>): Promise<void> {
  const revision = await deploy(scene);
  await until(async (note) => {
    const { state, detail, lastReload } = await scene.deployment.instance();
    note(detail);
    return (state === 'reloading' && detail.startsWith(phase)) || lastReload?.to.revision === revision;
  }, `a reload that is ${phase}`);
  await act();
}

const killed = (phase: (typeof phases)[number], name: NodeJS.Signals): Action => ({
  name: `${name} to the supervisor while ${phase}`,
  mayLose: 0,
  act: (scene) => during(scene, phase, async () => signal(await supervisorOf(scene), name)),
});

const broken = (kind: ReleaseKind, mayLose: number): Action => ({
  name: `a release that ${kind}`,
  mayLose,
  act: (scene) => deployAndEnd(scene, kind),
});

/** A hundred processes twenty times, whose parent has gone before they end. */
const leaveOrphans = 'for i in $(seq 20); do (n=0; while [ $n -lt 100 ]; do true & n=$((n+1)); done); done';

const file = ({ deployment }: Scene): string => deployment.home.revisionFile;

/** Clients of the control socket that say half of a request and nothing more, and hang up when they feel like it. */
async function badClients({ deployment, random }: Scene): Promise<void> {
  const clients = Array.from({ length: random.between(5, 50) }, () =>
    createConnection(join(deployment.borginit.runDir, 'control.sock')).on('error', () => undefined),
  );
  for (const client of clients) client.write('GET /v1/sta');
  await delay(random.between(0, 500));
  for (const client of clients) client.destroy();
  await Promise.all(clients.filter(({ closed }) => !closed).map((client) => once(client, 'close')));
}

export const actions: readonly [Action, ...Action[]] = [
  { name: 'a good release', mayLose: 0, act: (scene) => deployAndEnd(scene, 'good') },
  broken('raises-at-boot', 0),
  broken('exits-at-once', 0),
  broken('hangs-at-boot', 0),
  broken('answers-500', any),
  broken('crash-loops', any),
  ...phases.map((phase) => killed(phase, 'SIGKILL')),
  killed('proving', 'SIGABRT'),
  {
    name: 'SIGKILL to the supervisor at any moment of a reload, and to the next one too',
    mayLose: 0,
    act: async (scene) => {
      await deploy(scene);
      for (let times = 0; times < 2; times++) {
        await delay(scene.random.between(0, 1_500));
        signal(await supervisorOf(scene), 'SIGKILL');
      }
    },
  },
  {
    name: 'a supervisor that stands still',
    mayLose: 0,
    act: async (scene) => {
      await deploy(scene);
      await delay(scene.random.between(0, 1_000));
      await holdStill(await supervisorOf(scene), scene.random.between(50, 1_500));
    },
  },
  {
    name: 'a shim that stands still',
    mayLose: 0,
    act: async (scene) => {
      await deploy(scene);
      await delay(scene.random.between(0, 1_000));
      await holdStill(await shimOf(scene), scene.random.between(50, 1_500));
    },
  },
  {
    name: 'SIGKILL to a worker',
    // The request that it has, and those that it has accepted.
    mayLose: 2,
    act: async (scene) => {
      const [first] = await workersOf(scene);
      if (first !== undefined) signal(first, 'SIGKILL');
    },
  },
  { name: 'SIGKILL to the master', mayLose: any, act: async (scene) => signal(await masterOf(scene), 'SIGKILL') },
  {
    name: 'SIGKILL to the new master',
    mayLose: any,
    act: async (scene) => {
      const revision = await deploy(scene);
      const fresh = await until(async () => {
        const { lastReload } = await scene.deployment.instance();
        return lastReload?.to.revision === revision ? 'over' : generationsOf(scene.deployment)[1]?.master;
      }, 'a new master');
      if (fresh !== 'over') signal(fresh, 'SIGKILL');
      const { outcome } = await scene.deployment.ends(revision);
      if (outcome === 'reloaded') return;
      scene.expected = (await scene.deployment.instance()).revision ?? scene.expected;
      await scene.deployment.home.pointTo(scene.expected);
    },
  },
  {
    name: 'a revision file that is emptied, removed, and full of bytes',
    mayLose: 0,
    act: async (scene) => {
      await writeFile(file(scene), '');
      await delay(scene.random.between(0, 200));
      await writeFile(file(scene), Buffer.from([0, 255, 10, 7]));
      await delay(scene.random.between(0, 200));
      await rm(file(scene));
      await delay(scene.random.between(0, 200));
      await scene.deployment.home.pointTo(scene.expected);
    },
  },
  {
    name: 'a revision file that becomes a link, which is swapped',
    mayLose: 0,
    act: async (scene) => {
      const revision = nextRevision(scene);
      await scene.deployment.home.addRelease(revision);
      await scene.deployment.home.pointTo(revision);
      scene.expected = revision;
      await symlink(join('releases', revision, 'REVISION'), `${file(scene)}.link`);
      await rename(`${file(scene)}.link`, file(scene));
    },
  },
  { name: 'clients of the control socket that say half of what they want', mayLose: 0, act: badClients },
  {
    name: 'orphans, as fast as they can be made',
    mayLose: 0,
    act: async ({ deployment }) => {
      await deployment.borginit.inside(['sh', '-c', leaveOrphans]);
    },
  },
];
