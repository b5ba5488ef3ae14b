/** One instance as a pure function: what it is, and what happens, make what it becomes and what is to be done. */
import type { InstanceEvent } from '../model/event.ts';
import { instanceId } from '../model/identity.ts';
import { adopting } from './adopting.ts';
import type { Era, In, Instance, Ledger, Life, LifeKind } from './life.ts';
import { orphaned } from './orphaned.ts';
import { reloading } from './reload/reloading.ts';
import { backingOff, resting } from './resting.ts';
import { followUp, running } from './running.ts';
import { searching } from './searching.ts';
import { starting } from './starting.ts';
import { andThen, currentGeneration, stay, type Step, type Turn } from './step.ts';
import { clearing, stopping } from './stopping.ts';

const blank: Ledger = {
  newest: 0,
  restartedAt: [],
  restarts: 0,
  refused: undefined,
  reloadAsked: 'no',
  lastReload: undefined,
};

/** An instance as a new supervisor begins with it: by what was journalled of it, if anything was. */
export const newInstance = (
  service: string,
  number: number,
  journalled?: { readonly ledger: Ledger; readonly life: Life | undefined; readonly era: Era },
): Instance => ({
  id: instanceId(service, number),
  service,
  number,
  ledger: journalled?.ledger ?? blank,
  life: { kind: 'adopting', was: journalled?.life, era: journalled?.era ?? 'same', wish: 'run', held: [] },
});

/** Pure and total. An instance that an event means nothing to is returned as the same object. */
export function stepInstance(turn: Turn, instance: Instance, event: InstanceEvent): Step {
  // An answer to a question that a predecessor asked.
  if ('generation' in event && event.generation !== currentGeneration(instance)) return stay(instance);
  const step = dispatch(turn, instance, event);
  return is(step.instance, 'running') ? andThen(step, (next) => followUp(turn, next as In<'running'>)) : step;
}

function dispatch(turn: Turn, instance: Instance, event: InstanceEvent): Step {
  if (is(instance, 'adopting')) return adopting(turn, instance, event, dispatch);
  if (is(instance, 'starting')) return starting(turn, instance, event);
  if (is(instance, 'running')) return running(turn, instance, event);
  if (is(instance, 'reloading')) return reloading(turn, instance, event);
  if (is(instance, 'searching')) return searching(turn, instance, event);
  if (is(instance, 'stopping')) return stopping(turn, instance, event);
  if (is(instance, 'clearing')) return clearing(turn, instance, event);
  if (is(instance, 'orphaned')) return orphaned(turn, instance, event);
  if (is(instance, 'backoff')) return backingOff(turn, instance, event);
  if (is(instance, 'down') || is(instance, 'failed')) return resting(turn, instance, event);
  throw new Error(`unreachable: ${instance.life.kind}`);
}

const is = <Kind extends LifeKind>(instance: Instance, kind: Kind): instance is In<Kind> => instance.life.kind === kind;
