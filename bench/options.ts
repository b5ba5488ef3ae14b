import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const partNames = ['start', 'memory', 'idle', 'reap', 'reload', 'load', 'deploys'] as const;

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
  readonly deployRounds: number;
  /** In a row, by each way. */
  readonly deploysInRound: number;
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
  deployRounds: 2,
  deploysInRound: 4,
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
  deployRounds: 1,
  deploysInRound: 1,
};

export const usage = `usage: npm run bench -- [--quick] [--json] [--only ${partNames.join(',')}] [--reloads NUMBER]`;

/** Reads the command line. Fails with a message for people. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      only: { type: 'string' },
      reloads: { type: 'string' },
    },
  });
  const wanted = values.only?.split(',') ?? partNames;
  const unknown = wanted.find((name) => !isPartName(name));
  if (unknown !== undefined) throw new Error(`cannot measure ${unknown}: expected some of ${partNames.join(',')}`);
  return {
    parts: partNames.filter((name) => wanted.includes(name)),
    extent: withReloads(values.quick === true ? quick : full, values.reloads),
    isJson: values.json === true,
  };
}

/** In rounds as long as ever, so that what is compared stays close together. */
function withReloads(extent: Extent, reloads: string | undefined): Extent {
  if (reloads === undefined) return extent;
  if (!/^[1-9]\d{0,5}$/.test(reloads)) throw new Error(`cannot make ${reloads} reloads: expected a number above 0`);
  return { ...extent, deployRounds: Math.ceil(Number(reloads) / extent.deploysInRound) };
}

const isPartName = (name: string): name is PartName => (partNames as readonly string[]).includes(name);
