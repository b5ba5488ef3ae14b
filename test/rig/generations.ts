/** What runs below a borginit with one service, as generations: told apart by their images, so that titles do not matter. */
import { isDeepStrictEqual } from 'node:util';
import type { Deployment } from './deployment.ts';
import { isAlive, type ProcessDetail } from './processes.ts';
import { request } from './request.ts';
import { until } from './until.ts';

export interface GenerationProcesses {
  readonly master: ProcessDetail;
  readonly workers: readonly ProcessDetail[];
}

/** The generations, oldest first: a master is what was executed below the shim, its workers are its forks. */
export function generationsOf({ borginit }: Pick<Deployment, 'borginit'>): readonly GenerationProcesses[] {
  const all = borginit.processes().filter(isAlive);
  const imageOf = (pid: number): string | undefined => all.find((row) => row.pid === pid)?.image;
  const shim = all.find(({ title }) => title.startsWith('ppidshim'));
  const below = descendantsOf(shim?.pid ?? 0, all);
  return below
    .filter(({ parentPid, image }) => image !== imageOf(parentPid))
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)
    .map((master) => ({
      master,
      workers: below.filter(({ parentPid, image }) => parentPid === master.pid && image === master.image),
    }));
}

const descendantsOf = (pid: number, all: readonly ProcessDetail[]): ProcessDetail[] =>
  all.filter((row) => row.parentPid === pid).flatMap((row) => [row, ...descendantsOf(row.pid, all)]);

/** The pids of what serves, for telling whether it is still the same. */
export const pidsOf = (deployment: Pick<Deployment, 'borginit'>): readonly (readonly number[])[] =>
  generationsOf(deployment).map(({ master, workers }) => [master, ...workers].map(({ pid }) => pid));

/**
 * Waits until one generation serves the revision with all its workers, and nothing else lives below init but the
 * supervisor and the shim.
 */
export const servesAlone = (
  deployment: Deployment,
  revision: string,
  { workers = 2, url = deployment.home.url } = {},
): Promise<true> =>
  until(async (note) => {
    const now = await deployment.instance();
    const generations = generationsOf(deployment).map(({ master, workers: { length } }) => [master.innerPid, length]);
    const seen = {
      ...{ state: now.state, health: now.health, revision: now.revision, workers: now.workers.length, generations },
      processes: deployment.borginit.processes().length,
      answers: (await request(url)).revision,
    };
    note(seen);
    return isDeepStrictEqual(seen, {
      ...{ state: 'running', health: 'healthy', revision, workers, generations: [[now.mainPid, workers]] },
      processes: 3 + workers,
      answers: revision,
    });
  }, `one generation of ${workers} workers that serves ${revision}`);

/** Stops the service, and waits until nothing lives below init but the supervisor, and no zombie is left either. */
export async function leavesNothing({ borginit }: Pick<Deployment, 'borginit'>): Promise<true> {
  await borginit.cli('stop');
  return until((note) => {
    const titles = borginit.processes().map(({ title }) => title);
    note(titles);
    return isDeepStrictEqual(titles, ['borginit supervisor']);
  }, 'a supervisor alone');
}
