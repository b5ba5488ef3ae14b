/** What a column of figures comes to. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which that share of the values lies; the middle of the two nearest where none is exact. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return (below + above) / 2;
}

export const summarize = (values: readonly number[]): Summary => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
});

/**
 * How many times `theirs` our figure is: the median over the rounds. Both figures of a round were taken within the same
 * seconds, so that a machine whose speed drifts distorts neither. Undefined where there is nothing to divide by.
 */
export function ratio(ours: readonly number[], theirs: readonly number[]): number | undefined {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN)).filter(Number.isFinite);
  return ratios.length === 0 ? undefined : quantile(ratios, 0.5);
}

/** The list, begun at another place in each round, so that nobody always comes after the same neighbour. */
export const rotate = <T>(list: readonly T[], round: number): readonly T[] =>
  list.map((_, index) => list[(index + round) % list.length] as T);
