/** How a reload begins and how it ends: the record that history keeps, and the state that follows. */
import type { ReloadTrigger } from '../../model/event.ts';
import type { ReloadOutcome, ReloadRecord } from '../../model/reload-record.ts';
import { to } from '../enter.ts';
import { provenHealth } from '../health.ts';
import type { Generation, In, Instance } from '../life.ts';
import type { Fresh, Reload } from './state.ts';
import { withLedger, type Step, type Turn } from '../step.ts';

/** Gives the next generation its number and begins to prepare it. */
export function beginReload(turn: Turn, instance: In<'running'>, trigger: ReloadTrigger): Step {
  const number = instance.ledger.newest + 1;
  const { at, wall } = turn.stamp;
  return to(turn, withLedger(instance, { newest: number, reloadAsked: false }), {
    ...instance.life,
    kind: 'reloading',
    reload: {
      phase: 'preparing',
      step: 'hook',
      trigger,
      target: { number, revision: turn.revision },
      requestedAt: at,
      requestedWall: wall,
      deadline: at + turn.spec.reload.timeoutMs,
    },
  });
}

/** The new master once it is the service's main process. */
export const promote = (reload: Reload, fresh: Fresh): Generation => ({
  number: reload.target.number,
  revision: reload.target.revision,
  main: fresh.master,
  startedAt: fresh.startedAt,
});

/** The new generation serves, proven and alone. */
export function succeed(turn: Turn, instance: In<'reloading'>, fresh: Fresh, why: string): Step {
  const { shim, reload } = instance.life;
  return to(turn, closeReload(turn, instance, 'reloaded', why), {
    kind: 'running',
    shim,
    serving: promote(reload, fresh),
    health: provenHealth(turn.spec.health),
  });
}

/** The old generation serves as before. */
export function keepOld(turn: Turn, instance: In<'reloading'>, why: string, phase?: string): Step {
  const { shim, serving, health } = instance.life;
  return to(turn, closeReload(turn, instance, 'rolled-back', why, phase), { kind: 'running', shim, serving, health });
}

/** Writes the record. A revision that was rolled back is not tried again by itself. */
export function closeReload(
  turn: Turn,
  instance: In<'reloading'>,
  outcome: ReloadOutcome,
  why: string,
  phase: string = instance.life.reload.phase,
): Instance {
  const { reload, serving } = instance.life;
  const record: ReloadRecord = {
    service: instance.service,
    instance: instance.number,
    trigger: reload.trigger,
    from: { generation: serving.number, revision: serving.revision ?? null },
    to: { generation: reload.target.number, revision: reload.target.revision ?? null },
    startedAt: new Date(reload.requestedWall).toISOString(),
    durationMs: Math.round(turn.stamp.at - reload.requestedAt),
    outcome,
    phase,
    why,
  };
  const refused = outcome === 'rolled-back' ? reload.target.revision : instance.ledger.refused;
  return withLedger(instance, { lastReload: record, refused });
}
