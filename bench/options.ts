import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const partNames = ['start', 'memory', 'idle', 'reap', 'reload', 'load'] as const;

export type PartName = (typeof partNames)[number];

/** How much is measured. */
export interface Extent {
  readonly startRounds: number;
  readonly memoryRounds: number;
  readonly idleRounds: number;
  /** How long nothing must happen while we count what happens. */
  readonly restSeconds: number;
  readonly reapRounds: number;
  readonly orphans: number;
  readonly revisionChanges: number;
  readonly loadRounds: number;
  readonly loadSeconds: number;
}

export interface Options {
  readonly parts: readonly PartName[];
  readonly extent: Extent;
  readonly isJson: boolean;
}

const full: Extent = {
  startRounds: 15,
  memoryRounds: 3,
  idleRounds: 3,
  restSeconds: 10,
  reapRounds: 3,
  orphans: 10_000,
  revisionChanges: 50,
  loadRounds: 4,
  loadSeconds: 8,
};

const quick: Extent = {
  startRounds: 3,
  memoryRounds: 1,
  idleRounds: 1,
  restSeconds: 2,
  reapRounds: 1,
  orphans: 400,
  revisionChanges: 3,
  loadRounds: 1,
  loadSeconds: 2,
};

export const usage = `usage: npm run bench -- [--quick] [--json] [--only ${partNames.join(',')}]`;

/** Reads the command line. Fails with a message for people. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
  });
  const wanted = values.only?.split(',') ?? partNames;
  const unknown = wanted.find((name) => !isPartName(name));
  if (unknown !== undefined) throw new Error(`cannot measure ${unknown}: expected some of ${partNames.join(',')}`);
  return {
    parts: partNames.filter((name) => wanted.includes(name)),
    extent: values.quick === true ? quick : full,
    isJson: values.json === true,
  };
}

const isPartName = (name: string): name is PartName => (partNames as readonly string[]).includes(name);
