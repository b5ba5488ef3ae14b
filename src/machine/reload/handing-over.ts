/**
 * The first new worker is proven, and the others take the places of the old ones: one old worker goes, one new one comes
 * and must answer alone. What is done next follows from who is there, so that it does not matter who began it.
 */
import type { MemorySight, ProcessRef } from '../../model/process.ts';
import { signal } from '../enter.ts';
import type { In } from '../life.ts';
import { currentGeneration, stay, type Step, type Turn } from '../step.ts';
import { atPost, condemned, frozenFor, newWorkers, observe, oldWorkers, wanting } from './generation.ts';
import { askProof, keepPhase, lookNow, lookSoon, planOf, stepLater, toPhase, type PhaseFunction } from './phase.ts';
import { soak } from './soaking.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import { includes } from './roles.ts';
import type { InPhase } from './state.ts';

/** The old generation begins to give its places up. */
export function handOver(turn: Turn, instance: In<'reloading'>, reload: InPhase<'proving'>): Step {
  const { expected, fresh, old } = reload;
  return toPhase(turn, instance, {
    ...{ ...planOf(reload), handover: { kind: 'under-way', taking: undefined } },
    ...{ phase: 'handing-over', expected, fresh, old, step: 'choosing' },
  });
}

export const handingOver: PhaseFunction<'handing-over'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event);
    case 'probed':
      return event.purpose === 'proof' ? probed(turn, instance, reload, event) : stay(instance);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer === 'step' && reload.step === 'pausing')
        return keepPhase(instance, { ...reload, step: 'adding' });
      if (event.timer === 'step' && reload.step === 'waiting')
        return keepPhase(instance, { ...shared(reload), step: 'choosing' });
      if (event.timer === 'step' && reload.step === 'resuming') return resume(instance, reload);
      if (event.timer !== 'deadline') return stay(instance);
      return rollBack(turn, instance, reload, {
        why: `it had not taken over in time: ${progress(reload)}`,
        step: gentlest(reload.fresh),
        mayPass: true,
      });
    case 'process-gone':
      return masterGone(turn, instance, reload, event);
    case 'main-succeeded':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

/** Who is there by now, for people. Shape: "2 of 4 new workers have come, and 3 old ones are left" */
export function progress({ fresh, old, expected, step }: InPhase<'handing-over'>): string {
  const counts = `${fresh.workers.length} of ${expected} new workers have come, and ${old.length} old ones are left`;
  return step === 'waiting' ? `${counts}, for there is no memory for one more` : counts;
}

const notTaking = { kind: 'under-way', taking: undefined } as const;

const isTaken = ({ handover, old }: InPhase<'handing-over'>): boolean =>
  handover.kind !== 'under-way' || handover.taking === undefined || old.length < handover.taking;

type Looked = Extract<Parameters<typeof handingOver>[3], { kind: 'looked' }>;

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  before: InPhase<'handing-over'>,
  { processes, memory }: Looked,
): Step {
  if (atPost(processes, before.fresh.master) === undefined)
    return keepPhase(instance, before, lookSoon(turn, instance));
  const fresh = observe(turn, processes, before);
  const reload = { ...before, fresh, old: oldWorkers(turn, instance, processes, before) };
  const why = condemned(turn, fresh);
  if (why !== undefined) return rollBack(turn, instance, reload, { why, step: gentlest(fresh), mayPass: false });
  const workers = newWorkers(turn, processes, reload);
  const isBooting = workers.length === 0 || wanting(turn, reload, workers, workers.length) !== '';
  const again = keepPhase(instance, reload, lookSoon(turn, instance));
  switch (reload.step) {
    case 'choosing':
      return isBooting ? again : choose(turn, instance, reload);
    case 'weighing':
      return memory === undefined ? again : weighed(turn, instance, reload, memory);
    case 'adding': {
      const added = workers.filter((worker) => !includes(reload.before, worker));
      return isBooting || added.length === 0 ? again : askAlone(turn, instance, reload);
    }
    case 'taking':
      return isTaken(reload) ? choose(turn, instance, { ...reload, handover: notTaking }) : again;
    case 'waiting':
    case 'asking':
    case 'pausing':
    case 'resuming':
      return again;
  }
}

/** With one worker more than there were, one old one goes; with no more than that, one new one comes. */
function choose(turn: Turn, instance: In<'reloading'>, reload: InPhase<'handing-over'>): Step {
  const { expected, fresh, old } = reload;
  if (fresh.workers.length >= expected) return soak(turn, instance, reload);
  // Which leaves one to the old generation in the end: it stays something that one can go back to.
  if (fresh.workers.length + old.length > expected) return takeOne(turn, instance, reload);
  const generation = currentGeneration(instance);
  const workers = [...fresh.workers, ...old];
  return keepPhase(instance, { ...shared(reload), step: 'weighing' }, { kind: 'weigh', generation, workers });
}

/** What does not fit is not started: room is made for it first, by one worker and no more, or waited for. */
function weighed(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'handing-over'>,
  { roomBytes, workerBytes }: MemorySight,
): Step {
  const { expected, fresh, old } = reload;
  const { scale } = turn.spec.server;
  if (scale === undefined) throw new Error(`unreachable: ${turn.spec.server.name} has no signal for one worker more`);
  const again = lookSoon(turn, instance);
  if (roomBytes === undefined || roomBytes >= workerBytes) {
    const adding = { ...shared(reload), step: 'adding', before: fresh.workers } as const;
    return keepPhase(instance, adding, signal(fresh.master, scale.up), again);
  }
  const canTake = old.length > scale.atLeast && fresh.workers.length + old.length >= expected;
  return canTake
    ? takeOne(turn, instance, reload)
    : keepPhase(instance, { ...shared(reload), step: 'waiting' }, stepLater(turn, instance), again);
}

function takeOne(turn: Turn, instance: In<'reloading'>, reload: InPhase<'handing-over'>): Step {
  const { scale } = turn.spec.server;
  if (scale === undefined) throw new Error(`unreachable: ${turn.spec.server.name} has no signal for one worker fewer`);
  const handover = { kind: 'under-way', taking: reload.old.length } as const;
  const taking = { ...shared(reload), handover, step: 'taking' } as const;
  return keepPhase(instance, taking, signal(instance.life.serving.main, scale.down), lookSoon(turn, instance));
}

/** With the new workers standing still that have answered before: each one must answer for itself. */
function askAlone(turn: Turn, instance: In<'reloading'>, reload: Waiting): Step {
  const known = reload.fresh.workers.filter((worker) => includes(reload.before, worker));
  const proof = askProof(turn, instance, reload.fresh.master, 1, [...frozenFor(reload), ...known]);
  return keepPhase(instance, { ...reload, step: 'asking' }, proof, lookSoon(turn, instance));
}

function probed(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'handing-over'>,
  { verdict }: Extract<Parameters<typeof handingOver>[3], { kind: 'probed' }>,
): Step {
  if (reload.step !== 'asking') return stay(instance);
  switch (verdict.kind) {
    case 'passed':
      return keepPhase(instance, { ...shared(reload), step: 'choosing' }, lookNow(instance));
    case 'refused': {
      const why = `the new generation ${verdict.problem}`;
      return rollBack(turn, instance, reload, { why, step: 'killing', mayPass: false });
    }
    case 'silent':
      return keepPhase(instance, { ...reload, step: 'pausing' }, stepLater(turn, instance));
  }
}

/** Those that have come since a supervisor wrote the phase down may not have been asked. */
function resume(instance: In<'reloading'>, reload: Waiting): Step {
  const isAsked = reload.fresh.workers.every((worker) => includes(reload.before, worker));
  return keepPhase(instance, isAsked ? { ...shared(reload), step: 'choosing' } : { ...reload, step: 'adding' });
}

/** What all steps of the phase have. */
const shared = (reload: InPhase<'handing-over'>) => {
  const { expected, fresh, old } = reload;
  return { ...planOf(reload), phase: 'handing-over', expected, fresh, old } as const;
};

type Waiting = Extract<InPhase<'handing-over'>, { readonly before: readonly ProcessRef[] }>;
