/** What every phase of a reload is written with. */
import type { InstanceEvent } from '../../model/event.ts';
import type { InstanceEffect } from '../../model/effect.ts';
import type { ProcessRef } from '../../model/process.ts';
import { look, lookAgain, pauseMs, to } from '../enter.ts';
import type { In } from '../life.ts';
import { currentGeneration, keep, orSame, type Step, type Turn } from '../step.ts';
import type { InPhase, Phase, Plan, Reload } from './state.ts';

/** The news that a phase must answer for; the rest is answered once for all phases. */
export type PhaseEvent =
  | Extract<
      InstanceEvent,
      { kind: 'main-succeeded' | 'process-gone' | 'looked' | 'timer-fired' | 'probed' | 'prepared' | 'reload-ran' }
    >
  | TrialEvent;

type TrialEvent = Extract<InstanceEvent, { kind: 'trial-ended' | 'trial-looked' | 'trial-over' }>;

export type PhaseFunction<P extends Phase> = (
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<P>,
  event: PhaseEvent,
) => Step;

/** Enters another phase, or the same anew. */
export const toPhase = (
  turn: Turn,
  instance: In<'reloading'>,
  reload: Reload,
  ...first: readonly InstanceEffect[]
): Step => to(turn, instance, { ...instance.life, reload: noted(turn, reload) }, ...first);

/** More phases than a reload has that goes to and fro between proving and soaking for as long as it may. */
const timelineLength = 50;

/** With the phase in its timeline. */
export function noted<R extends Reload>(turn: Turn, reload: R): R {
  const { phase, timeline, requestedAt } = reload;
  if (timeline.at(-1)?.phase === phase || timeline.length >= timelineLength) return reload;
  return { ...reload, timeline: [...timeline, { phase, afterMs: Math.round(turn.stamp.at - requestedAt) }] };
}

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
export const planOf = ({
  strategy,
  trigger,
  from,
  target,
  requestedAt,
  requestedWall,
  deadline,
  expected,
  handover,
  timeline,
}: Plan): Plan => ({
  ...{ strategy, trigger, from, target, requestedAt, requestedWall, deadline, expected, handover, timeline },
});

/** From the first freeze of an old worker to the last: more than a healthy server needs, less than a client notices. */
export const freezeMs = 250;

/** So many answers in a row: one could be luck, and each costs the old workers some milliseconds. */
export const proofTimes = 2;

/** Where an answer takes longer, requests wait in line: one worker that has to answer alone would have all of them wait for it. */
export const calmMs = 10;

/** Asks for proof: `times` answers in a row, while those in `frozen` stand still. It passes where no health check is configured. */
export function askProof(
  turn: Turn,
  instance: In<'reloading'>,
  master: ProcessRef,
  times: number,
  frozen: readonly ProcessRef[],
): Extract<InstanceEffect, { kind: 'probe' }> {
  const { health } = turn.spec;
  const { strategy, target } = instance.life.reload;
  const patience = health?.timeoutMs ?? freezeMs;
  return {
    kind: 'probe',
    generation: currentGeneration(instance),
    purpose: 'proof',
    probe: health?.probe,
    timeoutMs: frozen.length > 0 ? Math.min(freezeMs, patience) : patience,
    times,
    revision: target.revision,
    frozen,
    master: strategy === 'reexec' ? master : undefined,
  };
}
