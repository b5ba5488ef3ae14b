import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const partNames = ['start', 'memory', 'idle', 'reap', 'reload', 'load'] as const;

export type PartName = (typeof partNames)[number];

/** How much is measured. */
export interface Extent {
  readonly startRounds: number;
  readonly memoryRounds: number;
  readonly idleRounds: number;
  /** How long what a start or a reload leaves to do may take: connections to close, garbage to collect. */
  readonly settleSeconds: number;
  /** How long nothing must happen while we count what happens. */
  readonly restSeconds: number;
  readonly reapRounds: number;
  readonly orphanSeconds: number;
  readonly orphanBurst: number;
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
  settleSeconds: 10,
  restSeconds: 10,
  reapRounds: 3,
  orphanSeconds: 5,
  orphanBurst: 2_000,
  revisionChanges: 50,
  loadRounds: 4,
  loadSeconds: 8,
};

const quick: Extent = {
  startRounds: 2,
  memoryRounds: 1,
  idleRounds: 1,
  settleSeconds: 2,
  restSeconds: 2,
  reapRounds: 1,
  orphanSeconds: 1,
  orphanBurst: 200,
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
