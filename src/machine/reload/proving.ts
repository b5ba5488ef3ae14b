/** The new generation boots, and must answer while the old workers stand still. */
import type { InstanceEffect } from '../../model/effect.ts';
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
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
  calmMs,
  keepPhase,
  lookNow,
  lookSoon,
  noted,
  planOf,
  proofTimes,
  stepLater,
  toPhase,
  type PhaseFunction,
} from './phase.ts';
import { handOver } from './handing-over.ts';
import { narrow, surplus } from './narrowing.ts';
import { gentlest, masterGone, rollBack } from './rolling-back.ts';
import { soak } from './soaking.ts';
import type { Fresh, InPhase, Plan } from './state.ts';

/** A new master was found: from here on it is watched. */
export const beginProof = (
  turn: Turn,
  instance: In<'reloading'>,
  plan: Plan,
  expected: number,
  master: ProcessRef & Pick<ProcessInfo, 'image'>,
): Step => toPhase(turn, instance, newlyProving(plan, expected, newGeneration(turn, master, master.image)));

export const newlyProving = (plan: Plan, expected: number, fresh: Fresh): InPhase<'proving'> => ({
  ...planOf(plan),
  ...{ phase: 'proving', expected, fresh, old: [], step: 'booting', wanting: 'no worker runs' },
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
  const proof = noted(turn, newlyProving(plan, 1, fresh));
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

function looked(
  turn: Turn,
  instance: In<'reloading'>,
  before: InPhase<'proving'>,
  processes: readonly ProcessInfo[],
): Step {
  if (atPost(processes, before.fresh.master) === undefined)
    return keepPhase(instance, before, lookSoon(turn, instance));
  const old = oldWorkers(turn, instance, processes, before);
  const { handover, effects } = narrow(turn, before, processes);
  const reload = { ...before, fresh: observe(turn, processes, before), old, handover };
  const { fresh } = reload;
  const why = condemned(turn, fresh);
  if (why !== undefined) return rollBack(turn, instance, reload, { why, step: gentlest(fresh), mayPass: false });
  const again = [...effects, lookSoon(turn, instance)];
  if (reload.step !== 'booting' && reload.step !== 'widening') return keepPhase(instance, reload, ...again);
  const workers = newWorkers(turn, processes, before);
  const lacks = surplus(turn, reload, workers) || wanting(turn, reload, workers, needed(turn, reload, reload.expected));
  const ask = (times: number) => askProof(turn, instance, fresh.master, times, frozenFor(reload));
  if (lacks === '') return keepPhase(instance, { ...reload, step: 'asking' }, ask(timesFor(reload)), ...again);
  // Ready workers take requests already: if they answer badly, the sooner that is known the better.
  if (reload.step === 'booting' && canTaste(turn, reload))
    return keepPhase(instance, { ...reload, step: 'tasting', wanting: lacks }, { ...ask(1), calmMs }, ...again);
  return keepPhase(instance, { ...reload, wanting: lacks }, ...again);
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
  if (verdict.kind === 'passed')
    return reload.handover.kind === 'narrowing' ? handOver(turn, instance, reload) : soak(turn, instance, reload);
  const lacks = `it was silent: ${verdict.problem}`;
  return keepPhase(instance, { ...reload, step: 'pausing', wanting: lacks }, stepLater(turn, instance));
}

/** One worker that has everybody's requests to answer while it is asked. It has been asked before, where it could be. */
const timesFor = ({ handover }: Plan): number => (handover.kind === 'narrowing' ? 1 : proofTimes);
