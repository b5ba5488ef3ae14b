/** In which order a fleet moves to a new revision: each of its borginits works out its own place, and asks nobody. */
import type { Millis, Revision } from './identity.ts';
import { shareOf } from './share.ts';
import type { RolloutSpec, PermitSpec } from './spec.ts';

/** What the rollout's machine asks for. */
export type RolloutEffect =
  /** → `due`. Setting it again replaces it. */
  | { readonly kind: 'timer'; readonly at: Millis }
  /** Take one of the fleet's permits, however long that takes → `permit-taken`, or `permit-lost` where it cannot be had. */
  | { readonly kind: 'take-permit'; readonly permit: PermitSpec }
  /** Give the permit back, or wait for none any more. */
  | { readonly kind: 'release-permit' };

/** What became true of the rollout. */
export type RolloutEvent =
  | { readonly kind: 'due' }
  | { readonly kind: 'permit-taken' }
  /** No permit can be had, or the one that was held is gone. */
  | { readonly kind: 'permit-lost'; readonly problem: string };

/** Whether this borginit is among the first to move. */
export const isCanary = ({ name, canary }: RolloutSpec): boolean =>
  canary !== undefined && canaryShare(name) < canary.percent;

/** In [0, 100): a name is a canary where this is less than the percentage, whatever the revision. */
export const canaryShare = (name: string): number => shareOf('canary', name) * 100;

/** How long after a revision was first read this borginit moves to it. */
export function rolloutDelayMs(spec: RolloutSpec, revision: Revision): Millis {
  const { name, splayMs, canary } = spec;
  const afterMs = canary === undefined || isCanary(spec) ? 0 : canary.afterMs;
  // Of the revision too, so that it is not always the same host that is last.
  return afterMs + Math.floor(shareOf('splay', name, revision) * splayMs);
}
