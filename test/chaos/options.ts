import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
}

export const usage = 'usage: npm run chaos -- [--seed NUMBER] [--minutes NUMBER]';

/**
 * Fails   throws an `Error` that says what was not understood
 */
export function parseOptions(args: readonly string[], chance: () => number): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, minutes: { type: 'string', default: '5' } },
  });
  const seed = Number(values.seed ?? Math.floor(chance() * 1_000_000));
  const minutes = Number(values.minutes);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed: expected a whole number, found ${values.seed}`);
  if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, found ${values.minutes}`);
  return { seed, minutes };
}
