/** Private memory of the supervisor and the shims over time, and whether it grows. */
import { readFileSync } from 'node:fs';

export interface Sample {
  readonly atMs: number;
  /** KiB. */
  readonly supervisor: number;
  /** KiB, of all shims together. */
  readonly shims: number;
}

/** KiB; 0 for a process that has ended. Source: proc_pid_smaps_rollup(5) */
export function privateMemoryOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + Number(kib), 0);
  } catch {
    return 0;
  }
}

/** A quarter more than it was, and so many KiB: a heap has tides. */
const allowance = { supervisor: 16 * 1_024, shims: 512 } as const;

/**
 * Compares the last quarter of a run with the second one: the first is for growing up.
 *
 * Shape   ["the supervisor grew from 20000 to 90000 KiB"]; empty where nothing grew, and where there is too little to tell
 */
export function growthIn(samples: readonly Sample[]): readonly string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return [];
  return (['supervisor', 'shims'] as const).flatMap((who) => {
    const of = (some: readonly Sample[]): number => median(some.map((sample) => sample[who]));
    const [before, after] = [of(samples.slice(quarter, 2 * quarter)), of(samples.slice(-quarter))];
    return after > before * 1.25 + allowance[who] ? [`the ${who} grew from ${before} to ${after} KiB`] : [];
  });
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

/** One line a minute. Shape: "minute 3: supervisor 20480 KiB, shims 480 KiB" */
export function perMinute(samples: readonly Sample[]): readonly string[] {
  const minutes = new Map<number, Sample>();
  for (const sample of samples) minutes.set(Math.floor(sample.atMs / 60_000), sample);
  return [...minutes].map(
    ([minute, { supervisor, shims }]) => `minute ${minute}: supervisor ${supervisor} KiB, shims ${shims} KiB`,
  );
}
