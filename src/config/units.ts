const durationUnits = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const sizeUnits = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** A whole number and a unit; a bare number is refused, because its unit would be a guess. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h)$/;

/** As for durations. */
export const sizePattern = /^(\d{1,9})(B|KiB|MiB|GiB)$/;

/** Longest duration. Timers of Node hold at most 24.8 days, and nothing here wants to wait so long. */
export const durationMaxMs = 24 * durationUnits.h;

/** Shape: "10s" → 10000. The text matches `durationPattern`. */
export function parseDuration(text: string): number {
  const [, digits, unit] = durationPattern.exec(text) ?? [];
  return Number(digits) * durationUnits[unit as keyof typeof durationUnits];
}

/** Shape: 90000 → "90s": the largest unit that needs no fraction. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(durationUnits).find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** Shape: "512MiB" → 536870912. The text matches `sizePattern`. */
export function parseSize(text: string): number {
  const [, digits, unit] = sizePattern.exec(text) ?? [];
  return Number(digits) * sizeUnits[unit as keyof typeof sizeUnits];
}
