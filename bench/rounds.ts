import { rotate } from './statistics.ts';

/** Measures each in turn, round after round, each round begun with another. Returns one value a round for each. */
export async function interleave<T, V>(
  list: readonly T[],
  rounds: number,
  measure: (one: T, round: number) => Promise<V>,
): Promise<ReadonlyMap<T, readonly V[]>> {
  const values = new Map<T, V[]>(list.map((one) => [one, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const one of rotate(list, round)) values.get(one)?.push(await measure(one, round));
  }
  return values;
}
