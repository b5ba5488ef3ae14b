import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startCommand, type RunningCommand } from '../test/rig/command.ts';
import { isAlive, processesBelow, type ProcessDetail } from '../test/rig/processes.ts';
import { createAppHome, type AppHome } from '../test/rig/releases.ts';
import { request } from '../test/rig/request.ts';
import { built } from './contenders.ts';
import { newNamespace } from './programs.ts';
import type { Scene } from './scene.ts';
import type { Site, Way } from './ways.ts';

/** A server that runs, and whose releases are brought into service in one way. */
export interface Deployment extends AsyncDisposable {
  readonly way: Way;
  /** A request there waits for some milliseconds, as for a database, and takes little of the processor. */
  readonly url: string;
  /** Puts the next release in place, without anybody being told. */
  prepare(): Promise<void>;
  /** Brings what was prepared into service. Fails when it does not serve alone within the patience. */
  deploy(): Promise<void>;
}

const workers = 4;
const waitMs = 5;
/** Seldom: a look costs processor time that the server could use. */
const betweenLooksMs = 50;
const patienceMs = 30_000;
/** Of two signals that come together, Ruby handles the one with the lower number first. */
const betweenSignalsMs = 100;

/** Starts a server in the given way, and waits until it serves. */
export async function startDeployment(scene: Scene, way: Way, server: Site['server']): Promise<Deployment> {
  await using scope = new AsyncDisposableStack();
  const home = scope.use(await createAppHome({ server, workers }));
  await home.addRelease('r0', 'boots-slowly');
  await home.pointTo('r0');
  const site = { server, home, node: scene.node };
  const command = [...(scene.isolated ? newNamespace : []), ...way.command(site)];
  const env = { ...home.env, BORGINIT_RUN_DIR: join(home.path, 'run') };
  const started = scope.use(startCommand(command, { cwd: home.path, env, owns: home.path }));
  let number = 0;
  const serving = (former: ProcessDetail | undefined): Promise<ProcessDetail> =>
    waitFor(started, home, number, former).catch((error: unknown) => {
      throw new Error(`${way.name}: ${String(error)}`);
    });
  let master = await serving(undefined);
  const owned = scope.move();
  return {
    way,
    url: `${home.url}slow?ms=${waitMs}`,
    prepare: () => home.addRelease(`r${number + 1}`, 'boots-slowly'),
    async deploy() {
      number += 1;
      await home.pointTo(`r${number}`);
      const { signals, to } = way.act?.(site) ?? { signals: [], to: 'master' };
      const receiver = to === 'master' ? master.pid : topOf(started);
      for (const [index, signal] of signals.entries()) {
        if (index > 0) await delay(betweenSignalsMs);
        process.kill(receiver, signal);
      }
      master = await serving(master);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Waits until no master but a new one is there, and it answers with that release. Returns it. */
async function waitFor(
  started: RunningCommand,
  home: AppHome,
  number: number,
  former: ProcessDetail | undefined,
): Promise<ProcessDetail> {
  const giveUpAt = performance.now() + patienceMs;
  let last = 'no master';
  while (performance.now() < giveUpAt) {
    await delay(betweenLooksMs);
    if (former !== undefined && isAlive(former)) continue;
    const innerPid = readPid(home.pidFile);
    if (innerPid === undefined || innerPid === former?.innerPid) continue;
    const { revision } = await request(home.url).catch((error: unknown) => ({ revision: String(error) }));
    last = `an answer of ${revision}`;
    if (revision !== `r${number}`) continue;
    const master = processesBelow(started.pid).find((row) => row.innerPid === innerPid);
    if (master !== undefined) return master;
  }
  throw new Error(`cannot see r${number} of ${home.server} serve alone: last seen ${last}\n${started.stderr()}`);
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** What the init of the way runs. */
function topOf(started: RunningCommand): number {
  const below = processesBelow(started.pid);
  const isInit = ({ title }: ProcessDetail): boolean =>
    title.startsWith(built.ppidshim) || title.startsWith('ppidshim');
  const init = below.find(isInit)?.pid ?? started.pid;
  const top = below.find(({ parentPid }) => parentPid === init);
  if (top === undefined) throw new Error(`cannot find what runs below process ${init}`);
  return top.pid;
}
