/** The rollout's hand: a timer, and the permits of the fleet. */
import { createPermits } from '../effects/permits.ts';
import { createTimers } from '../effects/timers.ts';
import type { RolloutEffect, RolloutEvent } from '../model/rollout.ts';
import type { PermitSpec } from '../model/spec.ts';
import type { RolloutHand } from './hands.ts';

export function openRollout(report: (event: RolloutEvent) => void): RolloutHand {
  const timers = createTimers<'due'>((kind) => report({ kind }));
  const permits = createPermits({
    taken: () => report({ kind: 'permit-taken' }),
    lost: (problem) => report({ kind: 'permit-lost', problem }),
  });
  return {
    perform(effect: RolloutEffect) {
      switch (effect.kind) {
        case 'timer':
          timers.set('due', effect.at);
          return;
        case 'take-permit':
          permits.take(lockFiles(effect.permit));
          return;
        case 'release-permit':
          permits.release();
      }
    },
    close() {
      timers.close();
      permits.release();
    },
  };
}

/** Shape: "/shared/shop.lock.1", "/shared/shop.lock.2" */
const lockFiles = ({ lock, atMost }: PermitSpec): readonly string[] =>
  Array.from({ length: atMost }, (_, index) => `${lock}.${index + 1}`);
