import type { InstanceEffect } from '../model/effect.ts';
import type { InstanceEvent, Stamp } from '../model/event.ts';
import { generationId, type GenerationId, type Revision } from '../model/identity.ts';
import type { ServiceSpec } from '../model/spec.ts';
import type { Instance, Ledger, Life } from './life.ts';

/** What a decision may look at besides the instance and the event. */
export interface Turn {
  readonly spec: ServiceSpec;
  /** What the revision file says; undefined where there is none. */
  readonly revision: Revision | undefined;
  /** The same while a generation may move to it unasked; undefined while the rollout holds it back. */
  readonly admitted: Revision | undefined;
  readonly stamp: Stamp;
}

/** What a decision comes to: the next state, and what is to be done about it. */
export interface Step {
  readonly instance: Instance;
  readonly effects: readonly InstanceEffect[];
}

/** The event means nothing here. */
export const stay = (instance: Instance): Step => ({ instance, effects: [] });

/** The same state with news in it. */
export const keep = (instance: Instance, life: Life, ...effects: readonly InstanceEffect[]): Step => ({
  instance: orSame(instance, { ...instance, life: orSame(instance.life, life) }),
  effects,
});

/** The same instance with something else to remember. */
export const withLedger = <I extends Instance>(instance: I, change: Partial<Ledger>): I =>
  orSame(instance, { ...instance, ledger: orSame(instance.ledger, { ...instance.ledger, ...change }) });

/** The object before, where the one after says nothing else: unchanged means the same object. */
export function orSame<T extends object>(before: T, after: T): T {
  const names = Object.keys(after) as (keyof T)[];
  const isSame =
    names.length === Object.keys(before).length && names.every((name) => Object.is(before[name], after[name]));
  return isSame ? before : after;
}

/** The name that questions asked now carry; an answer with another name comes too late. */
export const currentGeneration = (instance: Instance): GenerationId =>
  generationId(instance.id, instance.ledger.newest);

/** Takes a second step right after the first, as when one fact implies another. */
export function andThen(first: Step, next: (instance: Instance) => Step): Step {
  const second = next(first.instance);
  return { instance: second.instance, effects: [...first.effects, ...second.effects] };
}

/** One state's answer to every event. */
export type StateFunction<Subject extends Instance> = (turn: Turn, instance: Subject, event: InstanceEvent) => Step;
