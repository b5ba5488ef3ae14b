/**
 * The rollout as one borginit of a fleet sees it: when its instances may move to the revision that the file names.
 *
 *            file changed
 *     idle ──────────────► waiting      for the canaries, and for its own share of the splay
 *      ▲                      │
 *      │                      ├──► queueing ◄──► blocked      where the fleet has permits: for one of them
 *      │                      ▼       │
 *      └───────────────────── moving ◄┘
 *
 * It is worked out anew after every event: is there an instance that lacks the file's revision, and since when has the
 * file named it? So a supervisor that takes over from a dead one waits to the same instant, and a file that is changed
 * back ends every wait by itself.
 */
import type { Millis, Revision } from '../model/identity.ts';
import { rolloutDelayMs, type RolloutEffect, type RolloutEvent } from '../model/rollout.ts';
import type { Config, RolloutSpec, ServiceSpec } from '../model/spec.ts';
import { refusalOf, type Instance } from './life.ts';

export type Rollout =
  /** No instance lacks the file's revision. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly revision: Revision; readonly until: Millis }
  | { readonly kind: 'queueing'; readonly revision: Revision }
  /** Permits cannot be had; it is tried again at `until`. */
  | { readonly kind: 'blocked'; readonly revision: Revision; readonly problem: string; readonly until: Millis }
  /** The instances may move. Where there are permits, one is held. */
  | { readonly kind: 'moving'; readonly revision: Revision };

/** What the revision file says, and when a supervisor first read that. */
export interface Reading {
  readonly revision: Revision | undefined;
  readonly readAt: Millis;
}

/** What the rollout depends on. */
export interface Situation extends Reading {
  readonly instances: readonly Instance[];
  readonly rollout: Rollout;
}

export interface RolloutStep {
  readonly rollout: Rollout;
  readonly effects: readonly RolloutEffect[];
}

/** Whoever cannot take a permit tries again this much later: nothing tells when a directory becomes writable. */
export const permitRetryMs = 30_000;

export const idle: Rollout = { kind: 'idle' };

/** A span counts from the first reading, whichever supervisor did that. */
export function readingAfter(before: Reading | undefined, revision: Revision | undefined, at: Millis): Reading {
  // An instant to come is one of a clock that has begun anew since: the machine was booted.
  const isKnown = before !== undefined && before.revision === revision && before.readAt <= at;
  return { revision, readAt: isKnown ? before.readAt : at };
}

/** The revision that instances may move to unasked. */
export function admittedRevision({ rollout: spec }: Config, { rollout, revision }: Situation): Revision | undefined {
  if (spec === undefined) return revision;
  return rollout.kind === 'moving' && rollout.revision === revision ? revision : undefined;
}

/** Whether an instance runs something else than that revision, and is to follow it. */
export function lacks({ reload }: ServiceSpec, instance: Instance, revision: Revision, at: Millis): boolean {
  const { life } = instance;
  if (reload.on !== 'revision' || reload.strategy === 'none' || isRefused(instance, revision, at)) return false;
  switch (life.kind) {
    case 'running':
    case 'searching':
      return life.serving.revision !== revision;
    case 'reloading':
      return life.serving.revision !== revision && life.reload.target.revision !== revision;
    case 'starting':
      return life.wish === 'run' && life.revision !== revision;
    // What is yet to be started is started as the disk has it, and what is yet to be adopted is asked then.
    case 'adopting':
    case 'stopping':
    case 'clearing':
    case 'orphaned':
    case 'backoff':
    case 'down':
    case 'failed':
      return false;
  }
}

/** A reload to this revision failed, and the next try is not due. */
function isRefused(instance: Instance, revision: Revision, at: Millis): boolean {
  const refused = refusalOf(instance, revision);
  return refused !== undefined && (refused.againAt === undefined || at < refused.againAt);
}

const isFollowing = ({ life }: Instance): boolean => life.kind === 'reloading' && life.reload.trigger === 'revision';

/** Pure and total. Without an event it asks whether something else has changed what is to be waited for. */
export function stepRollout(
  config: Config,
  situation: Situation,
  event: RolloutEvent | undefined,
  at: Millis,
): RolloutStep {
  const { rollout: before } = situation;
  if (config.rollout === undefined) return { rollout: before, effects: [] };
  const heard = event === undefined ? before : hear(before, event, at);
  const rollout = goOn(config.rollout, config, { ...situation, rollout: heard }, at);
  if (rollout !== heard) return { rollout, effects: effectsBetween(config.rollout, heard, rollout) };
  // A timer that rings too early rings again.
  return { rollout, effects: rollout !== before || event?.kind === 'due' ? alarm(rollout) : [] };
}

/** What is said of a permit that is no longer waited for comes too late. */
function hear(rollout: Rollout, event: RolloutEvent, at: Millis): Rollout {
  switch (event.kind) {
    case 'due':
      return rollout;
    case 'permit-taken':
      return rollout.kind === 'queueing' ? { kind: 'moving', revision: rollout.revision } : rollout;
    case 'permit-lost':
      return rollout.kind === 'queueing' || rollout.kind === 'moving'
        ? { kind: 'blocked', revision: rollout.revision, problem: event.problem, until: at + permitRetryMs }
        : rollout;
  }
}

function goOn(spec: RolloutSpec, config: Config, situation: Situation, at: Millis): Rollout {
  const { rollout, instances, revision } = situation;
  const isMoving = instances.some(isFollowing);
  // What has begun to move is let through, and holds its permit for as long as that takes.
  if (rollout.kind === 'moving' && isMoving) return rollout;
  if (revision === undefined || !(isMoving || isLacking(config, instances, revision, at))) {
    return rollout.kind === 'idle' ? rollout : idle;
  }
  if (rollout.kind === 'idle' || rollout.revision !== revision) return begin(spec, situation, revision, at);
  switch (rollout.kind) {
    case 'waiting':
      return at < rollout.until ? rollout : begin(spec, situation, revision, at);
    case 'blocked':
      return at < rollout.until ? rollout : { kind: 'queueing', revision };
    case 'queueing':
    case 'moving':
      return rollout;
  }
}

const isLacking = ({ services }: Config, instances: readonly Instance[], revision: Revision, at: Millis): boolean =>
  instances.some((instance) =>
    services.some((service) => service.name === instance.service && lacks(service, instance, revision, at)),
  );

function begin(spec: RolloutSpec, { readAt }: Reading, revision: Revision, at: Millis): Rollout {
  const until = readAt + rolloutDelayMs(spec, revision);
  if (at < until) return { kind: 'waiting', revision, until };
  return { kind: spec.permit === undefined ? 'moving' : 'queueing', revision };
}

/** A newer revision keeps the place in the queue. */
function effectsBetween({ permit }: RolloutSpec, before: Rollout, after: Rollout): readonly RolloutEffect[] {
  if (before.kind === 'queueing' && after.kind === 'queueing') return [];
  const gives = before.kind === 'queueing' || before.kind === 'moving';
  return [
    ...(permit !== undefined && gives ? [{ kind: 'release-permit' } as const] : []),
    ...(permit !== undefined && after.kind === 'queueing' ? [{ kind: 'take-permit', permit } as const] : []),
    ...alarm(after),
  ];
}

const alarm = (rollout: Rollout): readonly RolloutEffect[] =>
  'until' in rollout ? [{ kind: 'timer', at: rollout.until }] : [];
