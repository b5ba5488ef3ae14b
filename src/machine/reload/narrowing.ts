/**
 * A new generation that is to come one worker after the other is brought down to its first one. Its master starts as
 * many as it is configured to; it is told to take them away again before they have loaded the application.
 */
import type { InstanceEffect } from '../../model/effect.ts';
import type { Signal } from '../../model/signal.ts';
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import { shows, type Scale } from '../../model/profile.ts';
import { pauseMs, signal } from '../enter.ts';
import { orSame, type Turn } from '../step.ts';
import { newWorkers, stillAlive } from './generation.ts';
import { find, includes, isReady, reference } from './roles.ts';
import type { Handover, InPhase } from './state.ts';

type Narrowing = Extract<Handover, { kind: 'narrowing' }>;

/** Signals of one kind coalesce: the next one after so long, or as soon as the one before is seen to have had its effect. */
export const tellEveryMs = 100;

/** A master that is still starting workers may seem to have no more than one; after so long it has. */
const steadyMs = 500;

interface Narrowed {
  readonly handover: Handover;
  readonly effects: readonly InstanceEffect[];
}

/** What this look says is to be done to come to one worker. */
export function narrow(turn: Turn, reload: InPhase<'proving'>, processes: readonly ProcessInfo[]): Narrowed {
  const { handover, fresh } = reload;
  const { roles, scale } = turn.spec.server;
  const master = find(processes, fresh.master);
  const isDeaf = master === undefined || roles === undefined || !shows(roles.readyMaster, master);
  if (handover.kind !== 'narrowing' || scale === undefined || isDeaf) return { handover, effects: [] };
  const workers = newWorkers(turn, processes, reload);
  const leaving = stillAlive(processes, handover.leaving);
  const steadySince = workers.length === fresh.workers.length ? (handover.steadySince ?? turn.stamp.at) : turn.stamp.at;
  const next = orSame(handover, { ...handover, leaving, steadySince });
  const staying = workers.filter((worker) => !includes(leaving, worker));
  const told = tell(turn, scale, next, staying, workers.length);
  const gone = told === scale.down ? [...leaving, ...leaver(scale, staying)] : leaving;
  const cut = workers.filter((worker) => includes(gone, worker)).flatMap((worker) => hurry(turn, worker));
  if (told === undefined) return { handover: next, effects: cut };
  return {
    handover: { ...next, leaving: gone, toldAt: turn.stamp.at },
    effects: [signal(fresh.master, told), ...cut],
  };
}

function tell(
  { stamp: { at } }: Turn,
  { up, down }: Scale,
  { toldAt = -Infinity, leaving, steadySince = Infinity }: Narrowing,
  staying: readonly ProcessInfo[],
  count: number,
): Signal | undefined {
  if (staying.length > 1) return leaving.length === 0 || at >= toldAt + tellEveryMs ? down : undefined;
  // Told once too often, by a supervisor that has died since: some masters go down to none.
  return count === 0 && at >= Math.max(toldAt, steadySince) + pauseMs ? up : undefined;
}

/** Whom the master takes away now. */
function leaver({ takes }: Scale, staying: readonly ProcessInfo[]): readonly ProcessRef[] {
  const byAge = [...staying].sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
  const first = byAge.at(takes === 'youngest' ? -1 : 0);
  return first === undefined ? [] : [reference(first)];
}

/**
 * A worker that loads the application may hear that it is to go only when it has, and memory is short: it is stopped. If
 * the next look shows that it was in time, it holds no request, and can be killed; else it goes on, and finishes what it has.
 */
function hurry({ spec }: Turn, worker: ProcessInfo): readonly InstanceEffect[] {
  const isStopped = worker.state === 'T';
  if (isReady(spec.server.roles, worker)) return isStopped ? [signal(worker, 'SIGCONT')] : [];
  return [signal(worker, isStopped ? 'SIGKILL' : 'SIGSTOP')];
}

/** What keeps a new generation that is to have one worker from having just that one; empty when nothing does. */
export function surplus(turn: Turn, { handover }: InPhase<'proving'>, workers: readonly ProcessInfo[]): string {
  if (handover.kind !== 'narrowing' || workers.length === 0) return '';
  if (workers.length > 1) return `${workers.length} workers run, and one is to be left`;
  const { steadySince } = handover;
  return steadySince === undefined || turn.stamp.at < steadySince + steadyMs
    ? 'its master may still start workers'
    : '';
}

/** Nothing will come back to the workers that it was stopped in the middle of: they go on. */
export const letGo = (handover: Handover): readonly InstanceEffect[] =>
  handover.kind === 'narrowing' ? handover.leaving.map((worker) => signal(worker, 'SIGCONT')) : [];
