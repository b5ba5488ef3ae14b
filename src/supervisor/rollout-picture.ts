/** The rollout for people: what is waited for as the status shows it, and what is told when that begins and ends. */
import type { Rollout } from '../machine/rollout.ts';
import type { Millis } from '../model/identity.ts';
import type { Notice } from '../model/operation.ts';
import { isCanary } from '../model/rollout.ts';
import type { RolloutSnapshot } from '../model/snapshot.ts';
import type { RolloutSpec } from '../model/spec.ts';

/** The same instant by both clocks: the one that spans are measured with, and the one that people read. */
export interface Clocks {
  readonly now: Millis;
  readonly wall: Millis;
}

/** Null while the instances run what the file names, or nothing is in their way. */
export function pictureRollout(
  spec: RolloutSpec | undefined,
  rollout: Rollout,
  { now, wall }: Clocks,
): RolloutSnapshot | null {
  if (spec === undefined || rollout.kind === 'idle') return null;
  return {
    state: rollout.kind,
    revision: rollout.revision,
    dueAt: 'until' in rollout ? new Date(Math.ceil(wall + rollout.until - now)).toISOString() : null,
    canary: spec.canary === undefined ? null : isCanary(spec),
    detail: detailOf(spec, rollout),
  };
}

function detailOf({ permit }: RolloutSpec, rollout: Rollout): string {
  if (rollout.kind === 'blocked') return rollout.problem;
  return rollout.kind === 'queueing' && permit !== undefined ? `${permit.atMost} at once by ${permit.lock}` : '';
}

/** What is told of a change: that something is waited for, and how the wait ended. What needs no wait is not told. */
export function rolloutNotice(
  spec: RolloutSpec | undefined,
  from: Rollout,
  to: Rollout,
  clocks: Clocks,
): Notice | undefined {
  const wasWaiting = from.kind !== 'idle' && from.kind !== 'moving';
  const picture = pictureRollout(spec, to, clocks);
  // A second attempt is no news; that it fails again is.
  if (from === to || (from.kind === 'blocked' && to.kind === 'queueing')) return undefined;
  if (picture === null) {
    return wasWaiting ? notice('info', 'nothing to wait for any more', { revision: from.revision }) : undefined;
  }
  const { revision, dueAt, canary, detail } = picture;
  switch (to.kind) {
    case 'waiting':
      return notice('info', 'waiting to follow the revision', {
        revision,
        dueAt,
        canary: canary === null ? null : String(canary),
      });
    case 'queueing':
      return notice('info', 'waiting for a permit to follow the revision', { revision, permits: detail });
    case 'blocked':
      return notice('warn', 'cannot take a permit', { revision, problem: detail, dueAt });
    case 'moving':
      return wasWaiting ? notice('info', 'following the revision', { revision }) : undefined;
    case 'idle':
      return undefined;
  }
}

const notice = (level: Notice['level'], message: string, facts: Notice['facts']): Notice => ({ level, message, facts });
