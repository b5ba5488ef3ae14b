import type { Millis } from '../model/identity.ts';

/**
 * Reads CLOCK_MONOTONIC, which is the same clock in every process of one machine.
 *
 * Units  milliseconds since an arbitrary instant, with a fraction
 */
export function monotonicNow(): Millis {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
