import { setTimeout as delay } from 'node:timers/promises';

import { startDeployment, type Deployment } from './deployment.ts';
import { startLoad, type Served } from './load.ts';
import { hasProgram } from './programs.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';
import { quantile, ratio } from './statistics.ts';
import type { Findings, Table } from './table.ts';
import { preforkServers, ways, type Site } from './ways.ts';

/** From the beginning of a deploy to that of the next, the same for every way; a way that is slower goes on when it is done. */
const paceMs = 2_000;
/** Before the first deploy and after the last, so that whoever waits for it is still counted. */
const marginMs = 500;
const mostSeconds = 3_600;

/** What clients saw while one way made its deploys. */
export interface Round extends Served {
  /** Until the new release served alone, for each deploy. */
  readonly tookMs: readonly number[];
}

/** What clients notice of good releases in a row, by the way in which they are brought into service. */
export const measureDeploys: Part = async (scene: Scene) => {
  if (!hasProgram('wrk')) return { tables: [], remarks: ['deploys: not measured, for there is no wrk'] };
  const found: Findings[] = [];
  for (const server of preforkServers) {
    const missing = { tables: [], remarks: [`deploys: not measured with ${server}, which is not installed`] };
    found.push(hasProgram(server) ? await measureServer(scene, server) : missing);
  }
  return { tables: found.flatMap(({ tables }) => tables), remarks: found.flatMap(({ remarks }) => remarks) };
};

async function measureServer(scene: Scene, server: Site['server']): Promise<Findings> {
  const { deployRounds, deploysInRound } = scene.extent;
  await using scope = new AsyncDisposableStack();
  const deployments: Deployment[] = [];
  for (const way of ways.filter(({ programs }) => programs.every(hasProgram))) {
    deployments.push(scope.use(await startDeployment(scene, way, server)));
  }
  const total = deployRounds * deploysInRound;
  scene.progress(`deploying to ${server} ${total} times in ${deployments.length - 1} ways, under load`);
  const rounds = await interleave(deployments, deployRounds, (one) => deployUnderLoad(one, deploysInRound));
  return compare(server, new Map([...rounds].map(([{ way }, values]) => [way.name, values])));
}

async function deployUnderLoad(deployment: Deployment, deploys: number): Promise<Round> {
  await deployment.prepare();
  using load = startLoad(deployment.url, mostSeconds);
  const begunAt = performance.now();
  const waitUntil = (ms: number): Promise<void> => delay(Math.max(0, begunAt + ms - performance.now()));
  const tookMs: number[] = [];
  if (deployment.way.act !== undefined) {
    for (let number = 0; number < deploys; number += 1) {
      await waitUntil(marginMs + number * paceMs);
      const deployedAt = performance.now();
      await deployment.deploy();
      tookMs.push(performance.now() - deployedAt);
      await deployment.prepare();
    }
    await delay(marginMs);
  }
  await waitUntil(deploys * paceMs + marginMs);
  load.stop();
  return { ...(await load.result), tookMs };
}

/** What the rounds of each way come to. A way that is not installed has a row too, which says so. */
export function compare(server: string, rounds: ReadonlyMap<string, readonly Round[]>): Findings {
  const of = (name: string): readonly Round[] => rounds.get(name) ?? [];
  const failuresOf = (name: string): number => of(name).reduce((sum, { failed }) => sum + failed, 0);
  const deploysOf = (name: string): number => of(name).flatMap(({ tookMs }) => tookMs).length;
  const note = (name: string): string => (rounds.has(name) ? '' : 'not installed');
  const table = (what: string, unit: string, figures: (round: Round) => readonly number[]): Table => ({
    name: `${what} (${server}, 20 connections)`,
    unit,
    better: 'less',
    rows: ways.map(({ name }) => ({ name, values: of(name).flatMap(figures), note: note(name) })),
    references: ['borginit'],
  });
  const took = table('until the new release serves alone', 'ms', ({ tookMs }) => [quantile(tookMs, 0.5)]);
  const failed = table('failed requests in a round', '', (round) => [round.failed]);
  const count = (name: string): string => `${failuresOf(name)} in all, in ${deploysOf(name)} deploys`;
  const p99s = ['borginit', 'no reload'].map((name) => of(name).map(({ p99Ms }) => p99Ms));
  const times = ratio(p99s[0] ?? [], p99s[1] ?? [])?.toFixed(2) ?? 'an unknown number of';
  return {
    tables: [
      { ...failed, rows: failed.rows.map((row) => ({ ...row, note: row.note || count(row.name) })) },
      table('latency, p99', 'ms', ({ p99Ms }) => [p99Ms]),
      table('latency, greatest', 'ms', ({ maxMs }) => [maxMs]),
      { ...took, rows: took.rows.filter(({ name }) => !rounds.has(name) || deploysOf(name) > 0) },
    ],
    remarks: [
      `${server}: ${deploysOf('borginit')} good reloads in a row by borginit; ${failuresOf('borginit')} requests failed, ` +
        `and p99 is ${times} × that without a reload`,
    ],
  };
}
