import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AppHome } from '../test/rig/releases.ts';
import { built } from './contenders.ts';

/** The real servers: a stand-in says nothing about them. */
export const preforkServers = ['unicorn', 'gunicorn'] as const;

/** Where a way is tried. */
export interface Site {
  readonly server: (typeof preforkServers)[number];
  readonly home: AppHome;
  /** The Node to use, where one is. */
  readonly node: string;
}

/** What an operator does once the files of a release and the revision file are in place. */
interface Act {
  readonly signals: readonly NodeJS.Signals[];
  /** `top`: the program of the way itself. */
  readonly to: 'master' | 'top';
}

/** A way to bring a release into service. */
export interface Way {
  readonly name: string;
  /** What must be on the path. */
  readonly programs: readonly string[];
  /** Starts the server and whoever stands above it. */
  command(site: Site): readonly string[];
  /** Undefined where no release is ever brought into service. */
  readonly act: ((site: Site) => Act) | undefined;
}

/** A server without anybody who follows it, below an init that adopts and reaps. */
const alone = ({ home }: Site): readonly string[] => [
  ...[built.ppidshim, 'sh', '-c', '"$@"; exec sleep infinity', 'sh'],
  ...home.command,
];

const gracefulStop = ({ server }: Site): NodeJS.Signals => (server === 'unicorn' ? 'SIGQUIT' : 'SIGTERM');

const noReload: Way = { name: 'no reload', programs: [], command: alone, act: undefined };

/** The revision file is all that it needs. */
const byRevisionFile: Way = {
  name: 'borginit',
  programs: [],
  command: (site) => [
    ...[built.ppidshim, '--init', '--', site.node, built.launcher],
    ...['run', '-c', borginitConfig(site)],
  ],
  act: () => ({ signals: [], to: 'top' }),
};

/** What a supervisor that knows of no reload does: the graceful stop, then the start. */
const restart: Way = {
  name: 'stop and start',
  programs: [],
  command: ({ home }) => [built.ppidshim, 'sh', '-c', 'while :; do "$@"; done', 'sh', ...home.command],
  act: (site) => ({ signals: [gracefulStop(site)], to: 'master' }),
};

/** Nobody looks whether the new master serves. */
const blind: Way = {
  name: 'USR2, then stop',
  programs: [],
  command: alone,
  act: (site) => ({ signals: ['SIGUSR2', gracefulStop(site)], to: 'master' }),
};

/** It takes the server for ready when it has as many workers, and waits so many seconds more; 30 unless told. */
const overlapSeconds = 2;

const unicornherder: Way = {
  name: 'unicornherder',
  programs: ['unicornherder'],
  command: ({ server, home }) => [
    ...[built.ppidshim, 'unicornherder', '-u', server, '-p', home.pidFile, '-o', String(overlapSeconds), '--'],
    ...home.command.slice(1),
  ],
  act: () => ({ signals: ['SIGHUP'], to: 'top' }),
};

export const ways: readonly Way[] = [noReload, byRevisionFile, restart, blind, unicornherder];

function borginitConfig({ server, home }: Site): string {
  const path = join(home.path, 'borginit.json');
  const health = { http: '/ping', port: home.port, interval: '1h', timeout: '5s' };
  const reload = { soak: '0ms', timeout: '30s', drain: '10s' };
  const service = { command: home.command, cwd: home.path, env: home.env, server, health, reload };
  writeFileSync(path, JSON.stringify({ revision: { file: home.revisionFile }, services: { web: service } }));
  return path;
}
