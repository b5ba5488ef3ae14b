/**
 * What chaos happens to, and who of its processes is who: borginit as PID 1 with a real unicorn, `web`, that is deployed
 * to and attacked; and beside it what must never notice. All of it in a run directory that is a small file system.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configFor, startDeployment, type Deployment } from '../rig/deployment.ts';
import { generationsOf } from '../rig/generations.ts';
import { allProcesses, processesBelow, type ProcessDetail } from '../rig/processes.ts';
import { createAppHome, type AppHome } from '../rig/releases.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';
import type { ChaosOptions } from './options.ts';
import { Random } from './random.ts';
import type { Strikes } from './strikes.ts';

export const workers = 2;

/** Big enough for some journals, and filled in no time. */
const runDirBytes = 1_024 * 1_024;

/** On a machine that is busy with all this, a good release may be too late once, or silent. */
const retry = { times: 5, after: '1s' };

export interface Scene extends AsyncDisposable {
  /** As if `web` and its supervisor were all that runs. */
  readonly deployment: Deployment;
  /** A gunicorn, which is never deployed to. */
  readonly bystander: AppHome;
  readonly options: ChaosOptions;
  readonly strikes: Strikes;
  /** A program that leaves orphans. */
  readonly orphans: string;
  /** For what one action draws. */
  random: Random;
  /** The revision that is to serve when all is calm again. */
  expected: string;
  /** How many revisions there have been. */
  revisions: number;
}

/** Services that do not serve: one says something all the time, one ends all the time and leaves orphans to its shim. */
const others = {
  ticker: { command: ['sh', '-c', 'while :; do echo tick; sleep 0.2; done'], logs: { mode: 'prefix' } },
  looper: {
    command: ['sh', '-c', 'for i in 1 2 3 4 5; do (sleep 0.2 &); done; sleep 0.1; exit 3'],
    restart: { backoff: { min: '100ms', max: '1s' }, giveUp: { after: 100_000, within: '1m' } },
  },
};

/** Comes and goes, with its files. */
export const unsteady = 'looper';
export const services = ['web', 'api', ...Object.keys(others)] as const;

export async function openScene(options: ChaosOptions, strikes: Strikes): Promise<Scene> {
  await using scope = new AsyncDisposableStack();
  const dir = scope.use(await tempDir());
  const runDir = join(dir.path, 'run');
  mkdirSync(runDir);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${runDirBytes},mode=700`, 'chaos', runDir]);
  scope.defer(() => void execFileSync('umount', ['--lazy', runDir]));
  const orphans = join(dir.path, 'orphans');
  execFileSync('cc', ['-O2', '-o', orphans, join(import.meta.dirname, '../../bench/fixtures/orphans.c')]);
  const bystander = scope.use(await createAppHome({ server: 'gunicorn', workers: 1 }));
  await bystander.addRelease('r0');
  await bystander.pointTo('r0');
  const api = { ...configFor(bystander).services.web, reload: { on: 'request' } };
  const deployment = scope.use(
    await startDeployment({
      ...{ server: 'unicorn', workers, reload: { soak: '300ms', timeout: '10s', drain: '10s', retry } },
      service: () => ({ restart: { backoff: { min: '50ms', max: '1s' }, giveUp: { after: 1_000, within: '1m' } } }),
      services: { api, ...others },
      env: { BORGINIT_RUN_DIR: runDir },
    }),
  );
  await until(() => bystander.ask(), 'an answer of the bystander');
  await until(async () => {
    const { services: now } = await deployment.status();
    return now['ticker']?.instances.every(({ state }) => state === 'running');
  }, 'the ticker');
  const owned = scope.move();
  return {
    ...{ deployment: webAlone(deployment), bystander, options, strikes, orphans },
    ...{ random: new Random(options.seed), expected: 'r0', revisions: 0 },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** With what belongs to other services out of sight. What belongs to none, or should not be there, is seen. */
function webAlone(deployment: Deployment): Deployment {
  const { borginit } = deployment;
  const processes = (): ProcessDetail[] => {
    const hidden = new Set<number>();
    return borginit.processes().filter(({ pid, parentPid, title }) => {
      const isOthers = hidden.has(parentPid) || services.some((name) => name !== 'web' && title === `ppidshim ${name}`);
      if (isOthers) hidden.add(pid);
      return !isOthers;
    });
  };
  return { ...deployment, borginit: { ...borginit, processes } };
}

/** What `nextRevision` is going to say. */
export const comingRevision = ({ revisions }: Scene): string => `r${revisions + 1}`;

export function nextRevision(scene: Scene): string {
  scene.revisions++;
  return `r${scene.revisions}`;
}

const titled = ({ deployment }: Scene, title: RegExp): ProcessDetail | undefined =>
  deployment.borginit.processes().find((process) => title.test(process.title));

/** Waits for one: there may be none for the moment between two. */
export const supervisorOf = (scene: Scene): Promise<ProcessDetail> =>
  until(() => titled(scene, /^borginit supervisor/), 'a supervisor');

export const shimOf = (scene: Scene): Promise<ProcessDetail> => until(() => titled(scene, /^ppidshim web/), 'a shim');

/** Those of all services. */
export const shimsOf = ({ deployment }: Scene): readonly ProcessDetail[] =>
  processesBelow(deployment.borginit.pid).filter(({ title }) => title.startsWith('ppidshim '));

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
