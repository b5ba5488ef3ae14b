/** The new generation boots, and must answer while the old workers stand still. */
import type { InstanceEffect } from '../../model/effect.ts';
import type { ProcessInfo } from '../../model/process.ts';
import { stay, type Step, type Turn } from '../step.ts';
import type { In, Instance } from '../life.ts';
import {
  atPost,
  condemned,
  frozenFor,
  needed,
  newGeneration,
  newWorkers,
  observe,
  oldWorkers,
  wanting,
} from './generation.ts';
import { to } from '../enter.ts';
import {
  askProof,
  keepPhase,
  lookNow,
  lookSoon,
  noted,
  planOf,
  stepLater,
  toPhase,
  type PhaseFunction,
} from './phase.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import type { InPhase, Plan } from './state.ts';

/** A new master was found: from here on it is watched. */
export const beginProof = (
  turn: Turn,
  instance: In<'reloading'>,
  plan: Plan,
  expected: number,
  master: ProcessInfo,
): Step =>
  toPhase(turn, instance, {
    ...planOf(plan),
    phase: 'proving',
    expected,
    fresh: newGeneration(turn, master, master.image),
    old: [],
    step: 'booting',
    wanting: 'no worker runs',
  });

/** The service was stopped and started for this reload: what serves is the new generation, or nothing does. */
export function proveStarted(
  turn: Turn,
  instance: Instance,
  life: Omit<In<'running'>['life'], 'kind'>,
  plan: Plan,
  ...first: readonly InstanceEffect[]
): Step {
  const fresh = newGeneration(turn, life.serving.main, '');
  const reload = { ...plan, phase: 'proving', expected: 1, fresh, old: [], step: 'booting' } as const;
  const proof = noted(turn, { ...reload, wanting: 'no worker runs' });
  return to(turn, instance, { ...life, kind: 'reloading', reload: proof }, ...first);
}

export const proving: PhaseFunction<'proving'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked':
      return looked(turn, instance, reload, event.processes);
    case 'probed':
      return event.purpose === 'proof' ? probed(turn, instance, reload, event) : stay(instance);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer === 'step' && reload.step === 'pausing')
        return keepPhase(instance, { ...reload, step: 'booting' });
      if (event.timer !== 'deadline') return stay(instance);
      return rollBack(turn, instance, reload, {
        why: `it was not proven in time: ${reload.wanting}`,
        step: gentlest(reload.fresh),
        mayPass: true,
      });
    case 'process-gone':
      return masterGone(turn, instance, reload, event.process);
    case 'main-succeeded':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  before: InPhase<'proving'>,
  processes: readonly ProcessInfo[],
): Step {
  if (atPost(processes, before.fresh.master) === undefined)
    return keepPhase(instance, before, lookSoon(turn, instance));
  const old = oldWorkers(turn, instance, processes, before);
  const reload = { ...before, fresh: observe(turn, processes, before), old };
  const { fresh } = reload;
  const why = condemned(turn, fresh);
  if (why !== undefined) return rollBack(turn, instance, reload, { why, step: gentlest(fresh), mayPass: false });
  const again = lookSoon(turn, instance);
  if (reload.step !== 'booting' && reload.step !== 'widening') return keepPhase(instance, reload, again);
  const lacks = wanting(turn, newWorkers(turn, processes, before), needed(turn, reload, reload.expected));
  const ask = (times: number) => askProof(turn, instance, fresh.master, times, frozenFor(reload));
  if (lacks === '') return keepPhase(instance, { ...reload, step: 'asking' }, ask(proofTimes), again);
  // Ready workers take requests already: if they answer badly, the sooner that is known the better.
  if (reload.step === 'booting' && canTaste(turn, reload))
    return keepPhase(instance, { ...reload, step: 'tasting', wanting: lacks }, ask(1), again);
  return keepPhase(instance, { ...reload, wanting: lacks }, again);
}

/** Where the first workers show that they are ready, they can be asked before the others are. */
const canTaste = ({ spec }: Turn, { fresh }: InPhase<'proving'>): boolean =>
  spec.server.roles?.readyWorker !== undefined && fresh.readyAt !== undefined;

function probed(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'proving'>,
  { verdict }: Extract<Parameters<typeof proving>[3], { kind: 'probed' }>,
): Step {
  if (reload.step !== 'asking' && reload.step !== 'tasting') return stay(instance);
  if (verdict.kind === 'refused') {
    const why = `the new generation ${verdict.problem}`;
    return rollBack(turn, instance, reload, { why, step: 'killing', mayPass: false });
  }
  if (reload.step === 'tasting') return keepPhase(instance, { ...reload, step: 'widening' });
  if (verdict.kind === 'passed') return soak(turn, instance, reload);
  const lacks = `it was silent: ${verdict.problem}`;
  return keepPhase(instance, { ...reload, step: 'pausing', wanting: lacks }, stepLater(turn, instance));
}

/** So many answers in a row: one could be luck, and each costs the old workers some milliseconds. */
export const proofTimes = 2;

function soak(turn: Turn, instance: In<'reloading'>, reload: InPhase<'proving'>): Step {
  const { expected, fresh, old } = reload;
  const until = turn.stamp.at + turn.spec.reload.soakMs;
  return toPhase(turn, instance, { ...planOf(reload), phase: 'soaking', expected, fresh, old, until, step: 'holding' });
}
