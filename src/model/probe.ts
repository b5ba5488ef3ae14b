/** `health`: is the service well? `proof`: does the new generation serve? `trial`: would it? */
export type ProbePurpose = 'health' | 'proof' | 'trial';

/** The result of a probe. `refused`: answered, and the answer is bad. `silent`: no answer in time, or none at all. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'silent'; readonly problem: string };
