import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { callControl } from '../src/surfaces/http/control-client.ts';
import { startBorginit, type Borginit } from '../test/rig/borginit.ts';
import { readTitle, allProcesses, descendants } from '../test/rig/processes.ts';
import { createAppHome } from '../test/rig/releases.ts';
import { request } from '../test/rig/request.ts';
import { until } from '../test/rig/until.ts';
import { hasProgram } from './programs.ts';
import type { Scene } from './scene.ts';

/** A pre-fork server under borginit, with a revision file and a health check that is due once an hour. */
export interface ReloadApp extends AsyncDisposable {
  readonly server: 'unicorn' | 'stand-in';
  readonly url: string;
  /** Init, the supervisor and the shim. */
  readonly pids: Readonly<Record<'init' | 'supervisor' | 'shim', number>>;
  /** Replaces the revision file. Returns the instant just before, in seconds since 1970. */
  changeRevision(revision: string): number;
  /** Waits until that revision serves and nothing is left to be done. Fails when it was not reloaded. */
  settled(revision: string): Promise<void>;
  /** Reloads, whatever the revision is, and waits for the end. Fails when it was rolled back. */
  reload(): Promise<void>;
}

interface Instance {
  readonly state: string;
  readonly revision: string | null;
  readonly lastReload: { readonly why: string } | null;
}

const name = 'web';
const betweenLooksMs = 50;
const patienceMs = 60_000;

/** Starts unicorn, or its stand-in where there is none, and waits until it serves. */
export async function startReloadApp(scene: Scene): Promise<ReloadApp> {
  await using scope = new AsyncDisposableStack();
  const server = hasProgram('unicorn') ? 'unicorn' : 'stand-in';
  const home = scope.use(await createAppHome({ server }));
  await home.addRelease('r0');
  await home.pointTo('r0');
  const health = { http: '/ping', port: home.port, interval: '1h', timeout: '5s' };
  const reload = { soak: '0ms', timeout: '30s', drain: '10s' };
  const service = { command: home.command, cwd: home.path, env: home.env, server: 'unicorn', health, reload };
  const config = { revision: { file: home.revisionFile }, services: { [name]: service } };
  const borginit = scope.use(await startBorginit({ config, pid1: scene.isolated }));
  const socket = join(borginit.runDir, 'control.sock');
  const settled = (revision: string): Promise<void> => waitFor(revision, () => readInstance(socket));
  await settled('r0');
  // It runs as soon as its master does, and its workers may still be loading.
  await until(async () => (await request(home.url)).status === 200, `an answer of ${server}`);
  const owned = scope.move();
  return {
    server,
    url: home.url,
    pids: pidsOf(borginit),
    changeRevision(revision) {
      writeFileSync(`${home.revisionFile}.next`, `${revision}\n`);
      const changedAt = wallClock();
      renameSync(`${home.revisionFile}.next`, home.revisionFile);
      return changedAt;
    },
    settled,
    reload: () => reloadOnce(socket),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function readInstance(socket: string): Promise<Instance | undefined> {
  const { body } = await callControl(socket, 'GET', '/v1/status');
  const { services } = body as { services: Record<string, { instances: readonly Instance[] }> };
  return services[name]?.instances[0];
}

async function waitFor(revision: string, read: () => Promise<Instance | undefined>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  let last: unknown = 'nothing';
  while (performance.now() < giveUpAt) {
    // Seldom: each look is work for the supervisor that is being measured.
    await delay(betweenLooksMs);
    const instance = await read().catch((error: unknown) => void (last = error));
    if (instance?.state === 'running' && instance.revision === revision) return;
    last = instance ?? last;
  }
  throw new Error(`cannot reload to ${revision}: last seen ${JSON.stringify(last)}`);
}

async function reloadOnce(socket: string): Promise<void> {
  const { body } = await callControl(socket, 'POST', '/v1/operations', { kind: 'reload', services: [name] });
  const [result] = (body as { results: readonly { ok: boolean; what: string }[] }).results;
  if (result?.ok !== true) throw new Error(`cannot reload: ${result?.what ?? 'no answer'}`);
}

/** Seen from here, that is from outside of the namespace. */
function pidsOf({ pid: init }: Borginit): ReloadApp['pids'] {
  const below = descendants(init, allProcesses()).map(({ pid }) => ({ pid, title: readTitle(pid) }));
  const find = (title: RegExp): number => {
    const found = below.find((row) => title.test(row.title));
    if (found === undefined) throw new Error(`cannot find ${title} among ${JSON.stringify(below)}`);
    return found.pid;
  };
  return { init, supervisor: find(/borginit\.js run|^borginit supervisor/), shim: find(/^ppidshim /) };
}

/** To a few microseconds, as strace has it; Date.now() alone counts milliseconds. */
function wallClock(): number {
  const tick = Date.now();
  while (Date.now() === tick);
  const wallAtTick = Date.now();
  const at = performance.now();
  return (wallAtTick + performance.now() - at) / 1_000;
}
