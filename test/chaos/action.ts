/** What every action is made of. */
import { isAlive, type ProcessDetail } from '../rig/processes.ts';
import type { ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import type { ChaosOptions } from './options.ts';
import { nextRevision, signal, supervisorOf, type Scene } from './scene.ts';

export interface Action {
  readonly name: string;
  /** How often it is drawn, in proportion to the others. */
  readonly weight: number;
  /** How many requests to `web` it may cost. */
  readonly mayLose: number;
  /** Whether it may be drawn at all. */
  readonly needs?: (options: ChaosOptions) => boolean;
  readonly act: (scene: Scene) => Promise<void>;
}

/** No figure is promised: who answered is dead, or answers wrongly. */
export const any = Infinity;

/** Begins a reload, and does not wait. */
export async function deploy(scene: Scene, kind: ReleaseKind = 'good'): Promise<string> {
  const revision = nextRevision(scene);
  await scene.deployment.home.addRelease(revision, kind);
  if (kind === 'good') scene.expected = revision;
  await scene.deployment.home.pointTo(revision);
  return revision;
}

export async function deployAndEnd(scene: Scene, kind: ReleaseKind = 'good'): Promise<void> {
  await endOf(scene, await deploy(scene, kind), kind);
}

/** Waits for it. Without preload, a worker that dies after a bad one would be started from what the link means. */
export async function endOf(scene: Scene, revision: string, kind: ReleaseKind): Promise<void> {
  await scene.deployment.ends(revision);
  if (kind !== 'good') await scene.deployment.home.pointTo(scene.expected);
}

/** Kills it, and waits until it is gone. */
export async function kill(process: ProcessDetail, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  signal(process, name);
  await until(() => !isAlive(process), `the end of process ${process.pid}`);
}

export const killSupervisor = async (scene: Scene): Promise<void> => kill(await supervisorOf(scene));
