import type { ReloadTrigger } from './event.ts';
import type { Strategy } from './profile.ts';

/**
 * How a reload ended. `reloaded`: the new generation serves. `rolled-back`: the old one serves as before.
 * `failed`: neither serves as it should, or the service had to be started anew, or was stopped.
 */
export type ReloadOutcome = 'reloaded' | 'rolled-back' | 'failed';

/** When a phase began, in milliseconds after the reload did. */
export interface TimelineEntry {
  readonly phase: string;
  readonly afterMs: number;
}

/** One finished reload, as `borginit history` prints it. */
export interface ReloadRecord {
  readonly service: string;
  readonly instance: number;
  readonly strategy: Exclude<Strategy, 'none'>;
  readonly trigger: ReloadTrigger;
  readonly from: { readonly generation: number; readonly revision: string | null };
  readonly to: { readonly generation: number; readonly revision: string | null };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: ReloadOutcome;
  /** The last phase that was reached on the way forward. */
  readonly phase: string;
  /** One clause that says what decided it. */
  readonly why: string;
  /** How long a generation that did not prove itself could have taken requests; 0 where it never could. */
  readonly exposureMs: number;
  readonly timeline: readonly TimelineEntry[];
  /**
   * Of one that did not go well: the last lines that the service or the trial wrote since it was requested. Null where they
   * do not come through borginit.
   */
  readonly lastLines: readonly string[] | null;
}
