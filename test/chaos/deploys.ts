/** Releases of every kind, and what a revision file may suffer, also while something else goes wrong. */
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReleaseKind } from '../rig/releases.ts';
import { any, deploy, deployAndEnd, killSupervisor, type Action } from './action.ts';
import { holdStill, nextRevision, shimOf, supervisorOf, type Scene } from './scene.ts';

const released = (kind: ReleaseKind, mayLose: number): Action => ({
  name: `a release that ${kind}`,
  weight: 1,
  mayLose,
  act: (scene) => deployAndEnd(scene, kind),
});

const file = ({ deployment }: Scene): string => deployment.home.revisionFile;

type Trouble = (scene: Scene) => Promise<void>;

const troubles: readonly [Trouble, ...Trouble[]] = [
  async (scene) => writeFile(file(scene), ''),
  async (scene) => writeFile(file(scene), Buffer.from([0, 255, 10, 7])),
  async (scene) => writeFile(file(scene), 'x'.repeat(100_000)),
  async (scene) => rm(file(scene), { force: true }),
  async (scene) => writeFile(file(scene), `${scene.expected}\n`),
  async (scene) => {
    await rm(`${file(scene)}.link`, { force: true });
    await symlink('nowhere', `${file(scene)}.link`);
    await rename(`${file(scene)}.link`, file(scene));
  },
  async (scene) => {
    await rm(file(scene), { force: true });
    await symlink('revision', file(scene));
  },
];

async function sufferRevision(scene: Scene): Promise<void> {
  for (let times = scene.random.between(2, 6); times > 0; times--) {
    await scene.random.oneOf(troubles)(scene).catch(ofItself);
    await delay(scene.random.between(0, 300));
  }
  // Whatever stands there now is not to be written through.
  await rm(file(scene), { force: true });
  await scene.deployment.home.pointTo(scene.expected);
}

/** One trouble may make the next impossible: a link to itself cannot be written to. */
const ofItself = (error: unknown): void => {
  if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
};

/** By a link to the release's own file, as a deploy tool with a `current` has it. */
async function swapLink(scene: Scene): Promise<void> {
  const revision = nextRevision(scene);
  await scene.deployment.home.addRelease(revision);
  await scene.deployment.home.pointTo(revision);
  scene.expected = revision;
  await symlink(join('releases', revision, 'REVISION'), `${file(scene)}.link`);
  await rename(`${file(scene)}.link`, file(scene));
}

export const deploys: readonly Action[] = [
  { ...released('good', 0), weight: 2 },
  released('raises-at-boot', 0),
  released('exits-at-once', 0),
  released('hangs-at-boot', 0),
  released('answers-500', any),
  released('crash-loops', any),
  {
    name: 'releases faster than they can be deployed',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      for (let times = scene.random.between(2, 5); times > 0; times--) {
        await deploy(scene);
        await delay(scene.random.between(0, 600));
      }
    },
  },
  { name: 'a revision file that suffers', weight: 1, mayLose: 0, act: sufferRevision },
  {
    name: 'a revision file that suffers in a reload, while the supervisor is killed',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      await deploy(scene);
      const others = async (): Promise<void> => {
        await delay(scene.random.between(0, 500));
        await killSupervisor(scene);
      };
      await Promise.all([sufferRevision({ ...scene, random: scene.random.fork() }), others()]);
    },
  },
  {
    name: 'a revision file that suffers while supervisor and shim stand still',
    weight: 1,
    mayLose: 0,
    act: async (scene) => {
      const [supervisor, shim] = [await supervisorOf(scene), await shimOf(scene)];
      const [first, second] = [scene.random.between(50, 1_000), scene.random.between(50, 1_000)];
      await Promise.all([sufferRevision(scene), holdStill(supervisor, first), holdStill(shim, second)]);
    },
  },
  { name: 'a revision file that becomes a link, which is swapped', weight: 1, mayLose: 0, act: swapLink },
];
