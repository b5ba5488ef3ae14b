/** What every phase of a reload is written with. */
import type { InstanceEvent } from '../../model/event.ts';
import type { InstanceEffect } from '../../model/effect.ts';
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import type { ReexecProfile } from '../../model/profile.ts';
import { look, lookAgain, pauseMs, to } from '../enter.ts';
import type { In } from '../life.ts';
import { currentGeneration, keep, orSame, type Step, type Turn } from '../step.ts';
import { isReady } from './roles.ts';
import type { Fresh, InPhase, Phase, Plan, Reload } from './state.ts';

/** A turn for a service whose server can be reloaded. */
export interface ReloadTurn extends Turn {
  readonly server: ReexecProfile;
}

/** The news that a phase must answer for; the rest is answered once for all phases. */
export type PhaseEvent = Extract<
  InstanceEvent,
  { kind: 'main-succeeded' | 'process-gone' | 'looked' | 'timer-fired' | 'probed' | 'prepared' }
>;

export type PhaseFunction<P extends Phase> = (
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: InPhase<P>,
  event: PhaseEvent,
) => Step;

/** Enters another phase. */
export const toPhase = (
  turn: Turn,
  instance: In<'reloading'>,
  reload: Reload,
  ...first: readonly InstanceEffect[]
): Step => to(turn, instance, { ...instance.life, reload }, ...first);

/** The same phase with news in it. */
export const keepPhase = (instance: In<'reloading'>, reload: Reload, ...effects: readonly InstanceEffect[]): Step =>
  keep(instance, { ...instance.life, reload: orSame(instance.life.reload, reload) }, ...effects);

export const lookNow = (instance: In<'reloading'>): InstanceEffect => look(currentGeneration(instance));

export const lookSoon = (turn: Turn, instance: In<'reloading'>): InstanceEffect =>
  lookAgain(turn, currentGeneration(instance));

/** The next step of the phase, `pauseMs` from now or at `due`. */
export const stepLater = (turn: Turn, instance: In<'reloading'>, due = turn.stamp.at + pauseMs): InstanceEffect => ({
  kind: 'timer',
  generation: currentGeneration(instance),
  timer: 'step',
  at: due,
});

/** What stays true from phase to phase. */
export const planOf = ({ trigger, target, requestedAt, requestedWall, deadline }: Plan): Plan => ({
  trigger,
  target,
  requestedAt,
  requestedWall,
  deadline,
});

/** From the first freeze of an old worker to the last: more than a healthy server needs, less than a client notices. */
export const freezeMs = 250;

/** Asks for proof: `times` answers in a row, while those in `frozen` stand still. None where no health check is configured. */
export function askProof(
  turn: Turn,
  instance: In<'reloading'>,
  times: number,
  frozen: readonly ProcessRef[],
): readonly InstanceEffect[] {
  const { health } = turn.spec;
  const { revision } = instance.life.reload.target;
  if (health === undefined) return [];
  const timeoutMs = frozen.length > 0 ? Math.min(freezeMs, health.timeoutMs) : health.timeoutMs;
  const generation = currentGeneration(instance);
  return [{ kind: 'probe', generation, purpose: 'proof', probe: health.probe, timeoutMs, times, revision, frozen }];
}

/** So many dead workers of a new generation condemn it: more than chance kills, fewer than a fork loop makes in a second. */
export const fatalDeaths = 3;

/** What the new generation still lacks; empty when it is complete. Shape: "3 of 4 workers run, 1 of them ready". */
export function wanting(server: ReexecProfile, workers: readonly ProcessInfo[], expected: number): string {
  const ready = workers.filter((worker) => isReady(server, worker)).length;
  const needed = Math.max(1, expected);
  if (workers.length >= needed && ready === workers.length) return '';
  return `${workers.length} of ${needed} workers run, ${ready} of them ready`;
}

/** The reason for a rollback when workers die, or undefined while too few have. */
export const condemned = (fresh: Fresh): string | undefined =>
  fresh.deaths >= fatalDeaths ? `${fresh.deaths} workers of the new generation have ended` : undefined;
