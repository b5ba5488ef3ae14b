import type { Strategy } from './profile.ts';

/** One step of a reload that has not begun. */
export interface PlannedStep {
  /**
   * As in a reload's timeline. Beside these: `refused` and `waiting` before it begins, `stopping` in the middle of a
   * restart, `otherwise` for what follows where the new generation does not prove itself, and `afterwards`.
   */
  readonly phase: string;
  /** One clause. Shape: "send SIGUSR2 to the old master, and find the new one beside it within 2s" */
  readonly text: string;
  /** How long it may take, or lasts; null where it takes no time, or as long as it takes. */
  readonly limitMs: number | null;
}

/** What `borginit reload` would do with one instance now. */
export interface ReloadPlan {
  readonly service: string;
  /** Counted from 1. */
  readonly instance: number;
  readonly strategy: Strategy;
  /** The generation that serves; null where none does. */
  readonly from: { readonly generation: number; readonly revision: string | null } | null;
  readonly to: { readonly generation: number; readonly revision: string | null };
  /** What `borginit reload` would answer instead of doing it; null where it would. `needsForce`: with --force it would, too. */
  readonly refusal: { readonly why: string; readonly needsForce: boolean } | null;
  /** In order; none where there is no way to reload. */
  readonly steps: readonly PlannedStep[];
}
