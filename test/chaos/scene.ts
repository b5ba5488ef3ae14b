/** What chaos happens to: a real unicorn under borginit as PID 1, and who of its processes is who. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../rig/deployment.ts';
import { generationsOf } from '../rig/generations.ts';
import { allProcesses, type ProcessDetail } from '../rig/processes.ts';
import { until } from '../rig/until.ts';
import type { Random } from './random.ts';

export const workers = 2;

export interface Scene {
  readonly deployment: Deployment;
  readonly random: Random;
  /** The revision that is to serve when all is calm again. */
  expected: string;
  /** How many revisions there have been. */
  revisions: number;
}

export const nextRevision = (scene: Scene): string => `r${++scene.revisions}`;

const titled = ({ deployment }: Scene, title: RegExp): ProcessDetail | undefined =>
  deployment.borginit.processes().find((process) => title.test(process.title));

/** Waits for one: there may be none for the moment between two. */
export const supervisorOf = (scene: Scene): Promise<ProcessDetail> =>
  until(() => titled(scene, /^borginit supervisor/), 'a supervisor');

export const shimOf = (scene: Scene): Promise<ProcessDetail> => until(() => titled(scene, /^ppidshim web/), 'a shim');

export const masterOf = ({ deployment }: Scene): Promise<ProcessDetail> =>
  until(() => generationsOf(deployment)[0]?.master, 'a master');

export const workersOf = ({ deployment }: Scene): Promise<readonly ProcessDetail[]> =>
  until(() => {
    const seen = generationsOf(deployment)[0]?.workers ?? [];
    return seen.length > 0 && seen;
  }, 'a worker');

/** Sends a signal to a process that may have ended meanwhile. */
export function signal({ pid, startTicks }: ProcessDetail, name: NodeJS.Signals): void {
  const now = allProcesses().find((process) => process.pid === pid);
  if (now?.startTicks === startTicks) process.kill(pid, name);
}

/** Stops a process for a while. */
export async function holdStill(process: ProcessDetail, ms: number): Promise<void> {
  signal(process, 'SIGSTOP');
  await delay(ms);
  signal(process, 'SIGCONT');
}
