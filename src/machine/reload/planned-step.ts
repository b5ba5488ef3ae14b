/** How the steps of a plan are put. */
import type { Millis } from '../../model/identity.ts';
import type { PlannedStep } from '../../model/reload-plan.ts';

export const step = (phase: string, text: string, limitMs: number | null = null): PlannedStep => ({
  phase,
  text,
  limitMs,
});

/** Shape: "250ms", "1.5s", "120s". */
export const span = (ms: Millis): string => (ms < 1_000 ? `${ms}ms` : `${ms / 1_000}s`);
