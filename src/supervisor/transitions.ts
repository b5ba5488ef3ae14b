/** What changed between two states, in the words that listeners are told. */
import { lifeName, type Instance } from '../machine/life.ts';
import type { SupervisorState } from '../machine/supervisor.ts';
import type { SupervisorEvent } from '../model/event.ts';
import type { Transition } from '../model/operation.ts';
import type { ReloadRecord } from '../model/reload-record.ts';
import { detailOf, servingOf } from './picture.ts';

/** One transition for each instance whose state has another name now. */
export const transitionsBetween = (
  from: SupervisorState,
  to: SupervisorState,
  event: SupervisorEvent,
): readonly Transition[] =>
  to.instances.flatMap((now, index) => {
    const before = from.instances[index];
    return before === undefined || lifeName(before.life) === lifeName(now.life)
      ? []
      : [transition(before, now, event.kind === 'instance' ? event.event.kind : event.kind)];
  });

function transition(before: Instance, now: Instance, event: string): Transition {
  const serving = servingOf(now.life);
  return {
    service: now.service,
    instance: now.number,
    from: lifeName(before.life),
    to: lifeName(now.life),
    event,
    generation: serving?.number ?? null,
    revision: serving?.revision ?? null,
    detail: detailOf(now.life),
  };
}

/** The reloads that have ended in between. */
export const reloadsBetween = (from: SupervisorState, to: SupervisorState): readonly ReloadRecord[] =>
  from.history === to.history ? [] : to.history.filter((record) => !from.history.includes(record));
