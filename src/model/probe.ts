import type { Millis } from './identity.ts';

/** `health`: is the service well? `proof`: does the new generation serve? `trial`: would it? */
export type ProbePurpose = 'health' | 'proof' | 'trial';

/** The result of a probe. `refused`: answered, and the answer is bad. `silent`: no answer in time, or none at all. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'silent'; readonly problem: string };

/**
 * What an answer is worth that came `afterMs` after others were asked to stand still for `heldMs`: once they may have
 * gone on, it may be theirs. A supervisor that is short of the processor hears of an answer late.
 */
export const whileHeld = (verdict: Verdict, afterMs: Millis, heldMs: Millis): Verdict =>
  verdict.kind === 'silent' || afterMs < heldMs
    ? verdict
    : { kind: 'silent', problem: 'the answer came so late that it may be another generation’s' };
