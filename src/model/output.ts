import type { Millis } from './identity.ts';

/** Where a service's output goes: where borginit's own does, or through borginit, which says of each line whose it is. */
export type OutputMode = 'inherit' | 'prefix' | 'json';

/** A line that a service wrote, or the beginning of one. */
export interface OutputLine {
  /** When it was read. */
  readonly at: Millis;
  readonly text: string;
}
