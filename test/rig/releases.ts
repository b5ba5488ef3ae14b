import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { tempDir } from './temp-dir.ts';

export type ReleaseKind =
  | 'good'
  /** Good, after half a second of loading. */
  | 'boots-slowly'
  | 'raises-at-boot'
  | 'hangs-at-boot'
  /** Each worker serves for 0.3 s and dies. */
  | 'crash-loops'
  | 'answers-500'
  /** The master leaves while it reads its configuration. */
  | 'exits-at-once';

export interface AppHomeOptions {
  readonly server: 'unicorn' | 'gunicorn' | 'stand-in';
  readonly preload?: boolean;
  readonly workers?: number;
  /** How the revision file changes: replaced by rename, written in place, or a link into `current`. */
  readonly revisionFile?: 'renamed' | 'in-place' | 'symlinked';
}

/** A directory as a deploy tool leaves it: releases, the link to the current one, the file that names it. */
export interface AppHome extends AsyncDisposable {
  readonly server: AppHomeOptions['server'];
  readonly path: string;
  readonly current: string;
  readonly revisionFile: string;
  readonly pidFile: string;
  readonly port: number;
  readonly url: string;
  readonly command: readonly [string, ...string[]];
  /** What the command wants in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How many workers of a release that crash-loops have died so far. */
  deaths(): number;
  addRelease(revision: string, kind?: ReleaseKind): Promise<void>;
  /** What a deploy does: moves the link in one step, then rewrites the revision file. */
  pointTo(revision: string): Promise<void>;
}

const example = join(import.meta.dirname, '../../examples/01-unicorn');
const fixtures = join(import.meta.dirname, '../fixtures/apps');

/** Makes an application's home with no release in it yet. */
export async function createAppHome(options: AppHomeOptions): Promise<AppHome> {
  const dir = await tempDir();
  const port = await freePort();
  const current = join(dir.path, 'current');
  const revisionFile = join(dir.path, 'revision');
  const pidFile = join(dir.path, 'server.pid');
  return {
    server: options.server,
    path: dir.path,
    current,
    revisionFile,
    pidFile,
    port,
    url: `http://127.0.0.1:${port}/`,
    command: commandOf(options.server, current),
    env: {
      APP: current,
      LISTEN: `127.0.0.1:${port}`,
      PID_FILE: pidFile,
      PRELOAD: options.preload === true ? '1' : '0',
      RACK_ENV: 'production',
      WORKERS: String(options.workers ?? 2),
    },
    deaths: () => countLines(join(dir.path, 'deaths')),
    addRelease: (revision, kind = 'good') => writeRelease(join(dir.path, 'releases', revision), revision, kind),
    async pointTo(revision) {
      await replaceByLink(current, join('releases', revision));
      await writeRevision(revisionFile, revision, options.revisionFile ?? 'renamed');
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function commandOf(server: AppHomeOptions['server'], current: string): readonly [string, ...string[]] {
  switch (server) {
    case 'unicorn':
      return ['unicorn', '-c', join(current, 'unicorn.conf.rb')];
    case 'gunicorn':
      return ['gunicorn', '-c', join(current, 'gunicorn.conf.py'), 'app:app'];
    case 'stand-in':
      return [process.execPath, join(example, 'prefork.js'), '-c', join(current, 'prefork.json')];
  }
}

/** What a release holds for each server: the application, a good one, and the server's own configuration. */
const servers = [
  { app: 'config.ru', good: join(example, 'config.ru'), config: join(example, 'unicorn.conf.rb') },
  { app: 'app.mjs', good: join(example, 'app.mjs'), config: join(example, 'prefork.json') },
  { app: 'app.py', good: join(fixtures, 'good.py'), config: join(fixtures, 'gunicorn.conf.py') },
];

async function writeRelease(dir: string, revision: string, kind: ReleaseKind): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'REVISION'), `${revision}\n`);
  for (const { app, good, config } of servers) {
    const extension = app.slice(app.lastIndexOf('.'));
    const own = kind === 'good' || kind === 'exits-at-once';
    await copyFile(good, join(dir, `good${extension}`));
    await copyFile(own ? good : join(fixtures, `${kind}${extension}`), join(dir, app));
    const name = config.slice(config.lastIndexOf('/') + 1);
    await copyFile(kind === 'exits-at-once' ? join(fixtures, kind, name) : config, join(dir, name));
  }
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
