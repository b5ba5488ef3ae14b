import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** So many times at least the supervisor is to be struck in each state of a reload. */
  readonly states: number;
  /** How many orphans there are at once. */
  readonly orphans: number;
  /** Whether the clock of the whole machine may be set. */
  readonly clock: boolean;
  /** Only what has this in its name happens, also what else never does. */
  readonly only: string;
}

export const usage =
  'usage: npm run chaos -- [--seed NUMBER] [--minutes NUMBER] [--states NUMBER] [--orphans NUMBER] [--only TEXT] [--clock]';

const given = {
  seed: { type: 'string' },
  minutes: { type: 'string', default: '5' },
  states: { type: 'string', default: '0' },
  orphans: { type: 'string', default: '10000' },
  clock: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
} as const;

/**
 * Fails   throws an `Error` that says what was not understood
 */
export function parseOptions(args: readonly string[], chance: () => number): ChaosOptions {
  const { values } = parseArgs({ args: [...args], options: given });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, found ${values.minutes}`);
  return {
    seed: whole('seed', values.seed ?? String(Math.floor(chance() * 1_000_000))),
    minutes,
    states: whole('states', values.states),
    orphans: whole('orphans', values.orphans),
    clock: values.clock,
    only: values.only,
  };
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name}: expected a whole number, found ${text}`);
  return number;
}
