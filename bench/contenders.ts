import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a contender is started with. */
export interface Place {
  /** Empty, and its own. */
  readonly directory: string;
  /** The program to run as the only service. */
  readonly service: string;
  /** The Node to use, where one is. */
  readonly node: string;
  /** Whether it becomes PID 1 of a new namespace. */
  readonly isolated: boolean;
}

/** Somebody who can start a service and stay above it. */
export interface Contender {
  readonly name: string;
  /** What must be on the path. */
  readonly programs: readonly string[];
  /** Whether it adopts orphans where it is not PID 1. */
  readonly isSubreaper: boolean;
  /** Writes down what it wants to read, and returns its command line. */
  command(place: Place): readonly string[];
}

const root = join(import.meta.dirname, '..');

/** What `npm run build` makes. */
export const built = { ppidshim: join(root, 'dist/ppidshim'), launcher: join(root, 'bin/borginit.js') };

const spawner = 'require("node:child_process").spawn(process.argv[1], { stdio: "inherit" })';

/** No init at all: what Node itself costs. */
export const bareNode: Contender = {
  name: 'bare Node',
  programs: [],
  isSubreaper: false,
  command: ({ node, service }) => [node, '-e', spawner, service],
};

export const shimAlone: Contender = {
  name: 'ppidshim',
  programs: [],
  isSubreaper: true,
  command: ({ service }) => [built.ppidshim, service],
};

/** As the standalone install has it: the C program is the entry point. */
export const borginit: Contender = {
  name: 'borginit',
  programs: [],
  isSubreaper: true,
  command: ({ node, service }) => [built.ppidshim, '--init', '--', node, built.launcher, 'run', '--', service],
};

/** Node becomes the C program, which starts Node again. */
export const borginitFromNode: Contender = {
  name: 'borginit, entered by Node',
  programs: [],
  isSubreaper: true,
  command: ({ node, service }) => [node, built.launcher, 'run', '--', service],
};

export const neighbours: readonly Contender[] = [
  {
    name: 'tini',
    programs: ['tini'],
    isSubreaper: true,
    command: ({ service, isolated }) => ['tini', ...(isolated ? [] : ['-s']), '--', service],
  },
  {
    name: 'dumb-init',
    programs: ['dumb-init'],
    isSubreaper: false,
    command: ({ service }) => ['dumb-init', service],
  },
  {
    name: 'runit',
    programs: ['runsvdir', 'runsv'],
    isSubreaper: false,
    command: (place) => ['runsvdir', serviceDirectories(place)],
  },
  {
    name: 's6',
    programs: ['s6-svscan', 's6-supervise'],
    isSubreaper: false,
    command: (place) => ['s6-svscan', serviceDirectories(place)],
  },
  {
    name: 'supervisord',
    programs: ['supervisord'],
    isSubreaper: false,
    command: (place) => ['supervisord', '-n', '-c', supervisordConfig(place)],
  },
];

/** `run` is the program itself: a shell in between would be charged to those who need it. */
function serviceDirectories({ directory, service }: Place): string {
  const scanned = join(directory, 'services');
  mkdirSync(join(scanned, 'bench'), { recursive: true });
  symlinkSync(service, join(scanned, 'bench', 'run'));
  return scanned;
}

function supervisordConfig({ directory, service }: Place): string {
  const path = join(directory, 'supervisord.conf');
  const lines = ['[supervisord]', 'logfile=/dev/null', 'logfile_maxbytes=0', `pidfile=${join(directory, 'pid')}`];
  writeFileSync(path, [...lines, '[program:bench]', `command=${service}`, ''].join('\n'));
  return path;
}
