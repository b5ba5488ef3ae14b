import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort, holdPort } from './free-port.ts';
import { request, type Answer } from './request.ts';
import type { Files, Place, Release, ReleaseKind, RigServer } from './servers/server.ts';
import { servers, type RigServerName } from './servers/servers.ts';
import { tempDir } from './temp-dir.ts';

export type { ReleaseKind } from './servers/server.ts';

export interface AppHomeOptions {
  readonly server: RigServerName;
  readonly preload?: boolean;
  readonly workers?: number;
  /** On a Unix socket instead of a port. */
  readonly onSocket?: boolean;
  /** How the revision file changes: replaced by rename, written in place, or a link into `current`. */
  readonly revisionFile?: 'renamed' | 'in-place' | 'symlinked';
}

/** A directory as a deploy tool leaves it: releases, the link to the current one, the file that names it. */
export interface AppHome extends AsyncDisposable {
  readonly server: RigServerName;
  readonly path: string;
  readonly current: string;
  readonly revisionFile: string;
  readonly pidFile: string;
  readonly port: number;
  readonly url: string;
  readonly command: readonly [string, ...string[]];
  /** What the command wants in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How to ask it whether it serves, as a configuration says it. */
  readonly health: Readonly<Record<string, unknown>>;
  /** Gets one answer. */
  ask(target?: string): Promise<Answer>;
  /** How many workers of a release that crash-loops have died so far. */
  deaths(): number;
  /** Fails where there is no such kind for the server. */
  addRelease(revision: string, kind?: ReleaseKind): Promise<void>;
  /** What a deploy does: moves the link in one step, then rewrites the revision file. */
  pointTo(revision: string): Promise<void>;
}

/** Makes an application's home with no release in it yet. */
export async function createAppHome(options: AppHomeOptions): Promise<AppHome> {
  await using scope = new AsyncDisposableStack();
  const { path } = scope.use(await tempDir());
  const taken = scope.use(await holdPort());
  const server: RigServer = servers[options.server];
  const port = await freePort();
  const place: Place = {
    path,
    current: join(path, 'current'),
    pidFile: join(path, 'pids', 'server.pid'),
    port,
    address: options.onSocket === true ? join(path, 'web.sock') : `127.0.0.1:${port}`,
    takenPort: taken.port,
    workers: options.workers ?? 2,
    preload: options.preload ?? false,
  };
  const { current, pidFile } = place;
  await mkdir(dirname(pidFile));
  const url = urlOf(server, place);
  const revisionFile = join(path, 'revision');
  const owned = scope.move();
  return {
    server: options.server,
    path,
    current,
    revisionFile,
    pidFile,
    port,
    url,
    command: server.command(place),
    env: environmentOf(place),
    health: server.health?.(place) ?? { http: '/ping', ...listenerOf(place) },
    ask: (target = '/ping') => request(`${url}${target.slice(1)}`),
    deaths: () => countLines(join(path, 'deaths')),
    async addRelease(revision, kind = 'good') {
      const release: Release = { kind, revision, dir: join(path, 'releases', revision) };
      const files = server.files(release, place);
      if (files === undefined) throw new Error(`no such release for ${options.server}: ${kind}`);
      await writeRelease(release, files);
    },
    async pointTo(revision) {
      await replaceByLink(current, join('releases', revision));
      await writeRevision(revisionFile, revision, options.revisionFile ?? 'renamed');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const listensOnSocket = ({ address }: Place): boolean => address.startsWith('/');

const listenerOf = (place: Place) => (listensOnSocket(place) ? { socket: place.address } : { port: place.port });

function urlOf({ protocol }: RigServer, place: Place): string {
  if (protocol !== undefined) return `${protocol}:${place.address}:/`;
  return listensOnSocket(place) ? `unix:${place.address}:/` : `http://${place.address}/`;
}

const environmentOf = ({ current, pidFile, address, preload, workers }: Place): Readonly<Record<string, string>> => ({
  APP: current,
  LISTEN: address,
  PID_FILE: pidFile,
  PRELOAD: preload ? '1' : '0',
  RACK_ENV: 'production',
  WORKERS: String(workers),
});

async function writeRelease({ dir, revision }: Release, files: Files): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'REVISION'), `${revision}\n`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
}

const countLines = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').length : 0;

async function writeRevision(file: string, revision: string, way: AppHomeOptions['revisionFile']): Promise<void> {
  if (way === 'in-place') return writeFile(file, `${revision}\n`);
  if (way === 'symlinked') return replaceByLink(file, join('current', 'REVISION'));
  await writeFile(`${file}.next`, `${revision}\n`);
  await rename(`${file}.next`, file);
}

async function replaceByLink(path: string, target: string): Promise<void> {
  await rm(`${path}.next`, { force: true });
  await symlink(target, `${path}.next`);
  await rename(`${path}.next`, path);
}
