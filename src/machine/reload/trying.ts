/** The next generation is started on a port of its own, where nobody can reach it: what it does there, it would do here. */
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import type { Verdict } from '../../model/probe.ts';
import type { InstanceEffect } from '../../model/effect.ts';
import { pauseMs } from '../enter.ts';
import type { In } from '../life.ts';
import { currentGeneration, stay, type Step, type Turn } from '../step.ts';
import { keepOld } from './end.ts';
import { fatalDeaths } from './generation.ts';
import { keepPhase, lookSoon, planOf, proofTimes, stepLater, toPhase, type PhaseFunction } from './phase.ts';
import { find, orSameList, reference, workersOf } from './roles.ts';
import type { InPhase } from './state.ts';

export const trying: PhaseFunction<'trying'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'trial-looked':
      return reload.step === 'ending' ? stay(instance) : looked(turn, instance, reload, event);
    case 'trial-ended':
      return reload.step === 'ending' ? stay(instance) : endTrial(turn, instance, reload, event.problem);
    case 'trial-over':
      return reload.step === 'ending' ? judged(turn, instance, reload) : stay(instance);
    case 'probed':
      return event.purpose === 'trial' ? probed(turn, instance, reload, event.verdict) : stay(instance);
    case 'timer-fired':
      if (event.timer === 'look')
        return keepPhase(instance, reload, { kind: 'look-at-trial', generation: currentGeneration(instance) });
      if (event.timer === 'step') return next(turn, instance, reload);
      if (event.timer !== 'deadline' || reload.step === 'ending') return stay(instance);
      // One that has lost a worker by then was not only late.
      return endTrial(turn, instance, { ...reload, mayPass: reload.deaths === 0 }, 'did not answer in time');
    case 'looked':
    case 'process-gone':
    case 'main-succeeded':
    case 'prepared':
    case 'reload-ran':
      return stay(instance);
  }
};

function next(turn: Turn, instance: In<'reloading'>, reload: InPhase<'trying'>): Step {
  switch (reload.step) {
    case 'pausing':
      // Configured since to go without: a reload taken up by a new supervisor.
      if (turn.spec.reload.trial === undefined) return endTrial(turn, instance, reload, '');
      return keepPhase(instance, { ...reload, step: 'asking' }, probeTrial(turn, instance, 1));
    case 'holding':
      return keepPhase(instance, { ...reload, step: 'asking-last' }, probeTrial(turn, instance, proofTimes));
    case 'ending':
      return keepPhase(
        instance,
        reload,
        { kind: 'end-trial', generation: currentGeneration(instance), how: 'kill' },
        stepLater(turn, instance),
      );
    case 'asking':
    case 'asking-last':
      return stay(instance);
  }
}

/** What the service is asked, with nothing in the way of the answer. */
function probeTrial({ spec }: Turn, instance: In<'reloading'>, times: number): InstanceEffect {
  const { health } = spec;
  const { revision } = instance.life.reload.target;
  return {
    ...{ kind: 'probe', generation: currentGeneration(instance), purpose: 'trial', probe: health?.probe, times },
    ...{ timeoutMs: health?.timeoutMs ?? pauseMs, revision, frozen: [], master: undefined },
  };
}

function probed(turn: Turn, instance: In<'reloading'>, reload: InPhase<'trying'>, verdict: Verdict): Step {
  const isLast = reload.step === 'asking-last';
  if (!isLast && reload.step !== 'asking') return stay(instance);
  if (verdict.kind === 'passed') {
    if (isLast) return endTrial(turn, instance, reload, '');
    const until = turn.stamp.at + (turn.spec.reload.trial?.holdMs ?? 0);
    return keepPhase(instance, { ...reload, step: 'holding', deaths: 0 }, stepLater(turn, instance, until));
  }
  if (verdict.kind === 'refused') return endTrial(turn, instance, reload, verdict.problem);
  // It may still be booting; once it has answered, silence is an answer too.
  if (isLast) return endTrial(turn, instance, reload, `fell silent: ${verdict.problem}`);
  return keepPhase(instance, { ...reload, step: 'pausing' }, stepLater(turn, instance, turn.stamp.at + tryEveryMs));
}

/** Between two questions to a trial that boots: nobody else waits for it. */
export const tryEveryMs = 250;

interface Look {
  readonly main: ProcessRef | undefined;
  readonly processes: readonly ProcessInfo[];
}

function looked(turn: Turn, instance: In<'reloading'>, reload: InPhase<'trying'>, { main, processes }: Look): Step {
  const { roles } = turn.spec.server;
  const workers = main === undefined ? [] : workersOf(roles, processes, main).map(reference);
  const deaths = reload.deaths + reload.workers.filter((worker) => find(processes, worker) === undefined).length;
  if (deaths >= toleratedDeaths(reload) + 1 && roles?.workers === 'fixed')
    return endTrial(turn, instance, reload, `has lost ${deaths} ${deaths === 1 ? 'worker' : 'workers'}`);
  return keepPhase(
    instance,
    { ...reload, workers: orSameList(reload.workers, workers), deaths },
    lookSoon(turn, instance),
  );
}

/** One that has answered has no requests that could end a worker. */
const toleratedDeaths = ({ step }: InPhase<'trying'>): number =>
  step === 'holding' || step === 'asking-last' ? 0 : fatalDeaths - 1;

const endTrial = (turn: Turn, instance: In<'reloading'>, reload: InPhase<'trying'>, problem: string): Step =>
  toPhase(turn, instance, { ...reload, step: 'ending', problem });

const judged = (turn: Turn, instance: In<'reloading'>, reload: InPhase<'trying'>): Step =>
  reload.problem === ''
    ? toPhase(turn, instance, { ...planOf(reload), phase: 'preparing', step: 'looking' })
    : keepOld(turn, instance, { why: `the trial ${reload.problem}`, mayPass: reload.mayPass });
