/** How a reload begins and how it ends: the record that history keeps, and the state that follows. */
import type { ReloadTrigger } from '../../model/event.ts';
import type { Millis } from '../../model/identity.ts';
import type { ReloadOutcome, ReloadRecord } from '../../model/reload-record.ts';
import { to } from '../enter.ts';
import { provenHealth } from '../health.ts';
import type { Afterwards, Generation, Health, In, Instance, Refused } from '../life.ts';
import type { Fresh, Handover, Plan, Reload } from './state.ts';
import { withLedger, type Step, type Turn } from '../step.ts';

const toBeNarrowed: Handover = { kind: 'narrowing', leaving: [], toldAt: undefined, steadySince: undefined };

/** Gives the next generation its number and begins to prepare it. */
export function beginReload(turn: Turn, instance: In<'running'>, trigger: ReloadTrigger): Step {
  const { strategy, handover, timeoutMs } = turn.spec.reload;
  if (strategy === 'none') throw new Error(`unreachable: ${turn.spec.name} cannot be reloaded`);
  const number = instance.ledger.newest + 1;
  const { serving } = instance.life;
  const { at, wall } = turn.stamp;
  return to(turn, withLedger(instance, { newest: number, reloadAsked: 'no' }), {
    ...instance.life,
    kind: 'reloading',
    reload: {
      phase: 'preparing',
      step: 'hook',
      strategy,
      trigger,
      from: { number: serving.number, revision: serving.revision },
      target: { number, revision: turn.revision },
      requestedAt: at,
      requestedWall: wall,
      deadline: at + timeoutMs,
      expected: undefined,
      handover: strategy === 'reexec' && handover === 'stepwise' ? toBeNarrowed : { kind: 'together' },
      timeline: [{ phase: 'preparing', afterMs: 0 }],
    },
  });
}

/** The new master once it is the service's main process. */
export const promote = (reload: Plan, fresh: Fresh): Generation => ({
  number: reload.target.number,
  revision: reload.target.revision,
  main: fresh.master,
  startedAt: fresh.startedAt,
});

/** The new generation serves, proven and alone. */
export function succeed(turn: Turn, instance: In<'reloading'>, fresh: Fresh, why: string): Step {
  const { shim, reload } = instance.life;
  return to(turn, closeReload(turn, instance, reload, { outcome: 'reloaded', why }), {
    kind: 'running',
    shim,
    serving: promote(reload, fresh),
    health: provenHealth(turn.spec.health),
  });
}

/** The old generation serves as before. */
export function keepOld(turn: Turn, instance: In<'reloading'>, end: Omit<ReloadEnd, 'outcome'>): Step {
  const { shim, serving, health, reload } = instance.life;
  const closed = closeReload(turn, instance, reload, { ...end, outcome: 'rolled-back' });
  return to(turn, closed, { kind: 'running', shim, serving, health });
}

/** The master serves on, with workers that are not what they should be. */
export function serveAnyhow(turn: Turn, instance: In<'reloading'>, serving: Generation, why: string): Step {
  const { shim, reload } = instance.life;
  const health: Health = turn.spec.health === undefined ? { kind: 'none' } : { kind: 'unhealthy', problem: why };
  return to(turn, closeReload(turn, instance, reload, { outcome: 'failed', why }), {
    kind: 'running',
    shim,
    serving,
    health,
  });
}

export interface ReloadEnd {
  readonly outcome: ReloadOutcome;
  readonly why: string;
  /** Whether it says nothing about the revision: somebody wanted something else, or the shim was lost. */
  readonly isAccident?: boolean;
  /** Whether what went wrong may go right another time. */
  readonly mayPass?: boolean;
  readonly exposureMs?: Millis;
}

/** Writes the record. A revision that did not prove itself is not tried again by itself, or only so often. */
export function closeReload<I extends Instance>(turn: Turn, instance: I, reload: Plan | Reload, end: ReloadEnd): I {
  const record: ReloadRecord = {
    service: instance.service,
    instance: instance.number,
    strategy: reload.strategy,
    trigger: reload.trigger,
    from: { generation: reload.from.number, revision: reload.from.revision ?? null },
    to: { generation: reload.target.number, revision: reload.target.revision ?? null },
    startedAt: new Date(reload.requestedWall).toISOString(),
    durationMs: Math.round(turn.stamp.at - reload.requestedAt),
    outcome: end.outcome,
    phase: reload.timeline.findLast(({ phase }) => phase !== 'rolling-back')?.phase ?? 'preparing',
    why: end.why,
    exposureMs: end.outcome === 'reloaded' ? 0 : Math.round(end.exposureMs ?? exposureOf(turn, reload)),
    timeline: reload.timeline,
    lastLines: end.outcome === 'reloaded' ? [] : lastLinesOf(turn, reload),
  };
  const refused = refusedBy(turn, instance, reload, end);
  return withLedger(instance, { lastReload: record, refused });
}

const [linesMax, lineMaxLength] = [10, 200];

/** What it wrote since the reload was requested. */
function lastLinesOf({ spec, stamp }: Turn, { requestedAt }: Plan): readonly string[] | null {
  if (spec.output === 'inherit') return null;
  const since = stamp.said.filter(({ at }) => at >= requestedAt);
  return since.slice(-linesMax).map(({ text }) => text.slice(0, lineMaxLength));
}

/** For how long its workers could have taken requests until now. */
export const exposureOf = (turn: Turn, reload: Plan | Reload): Millis =>
  'fresh' in reload && reload.fresh.readyAt !== undefined ? turn.stamp.at - reload.fresh.readyAt : 0;

function refusedBy(turn: Turn, { ledger }: Instance, reload: Plan, end: ReloadEnd): Refused | undefined {
  const { revision } = reload.target;
  if (end.isAccident === true) return ledger.refused;
  if (end.outcome === 'reloaded' || revision === undefined) return undefined;
  const { times, afterMs } = turn.spec.reload.retry;
  const tries = ledger.refused?.revision === revision ? ledger.refused.tries + 1 : 1;
  const mayRetry = end.mayPass === true && tries <= times && turn.spec.reload.on === 'revision';
  const againAt = mayRetry ? turn.stamp.at + afterMs : undefined;
  return { revision, why: end.why, tries, againAt };
}

/** Somebody wants something else than what was to follow: a reload that it was a part of ends with that. */
export const withdraw = <I extends Instance>(turn: Turn, instance: I, then: Afterwards | undefined, why: string): I =>
  typeof then === 'object' ? closeReload(turn, instance, then, { outcome: 'failed', why, isAccident: true }) : instance;

/** Nobody is left who could say how the reload went on. */
export const lostShim = <I extends Instance>(turn: Turn, instance: I, reload: Reload): I =>
  closeReload(turn, instance, reload, { outcome: 'failed', why: 'the shim is gone', isAccident: true });
