import type { ReloadTrigger } from './event.ts';

/**
 * How a reload ended. `reloaded`: the new generation serves. `rolled-back`: the old one serves as before.
 * `failed`: neither was left, and the service was started anew or stopped.
 */
export type ReloadOutcome = 'reloaded' | 'rolled-back' | 'failed';

/** One finished reload, as `borginit history` prints it. */
export interface ReloadRecord {
  readonly service: string;
  readonly instance: number;
  readonly trigger: ReloadTrigger;
  readonly from: { readonly generation: number; readonly revision: string | null };
  readonly to: { readonly generation: number; readonly revision: string | null };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: ReloadOutcome;
  /** The last phase that was reached. */
  readonly phase: string;
  /** One clause that says what decided it. */
  readonly why: string;
}
