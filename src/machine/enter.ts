/**
 * What each state asks for as it begins. A supervisor that takes over from a dead one enters the journalled state
 * again, so everything here may be asked for twice.
 */
import type { InstanceEffect } from '../model/effect.ts';
import type { GenerationId, Millis } from '../model/identity.ts';
import type { ProcessRef } from '../model/process.ts';
import type { Signal } from '../model/signal.ts';
import type { ServiceSpec } from '../model/spec.ts';
import { knownIn, type Instance, type Life } from './life.ts';
import { isInPlace } from './reload/generation.ts';
import { isLateMasterAwaited, lateMasterEveryMs } from './reload/late-master.ts';
import type { InPhase, Reload } from './reload/state.ts';
import { currentGeneration, type Step, type Turn } from './step.ts';
import { nextHealthCheck } from './health.ts';

/** Between two looks at the processes while a reload waits for something that no event tells. */
export const lookEveryMs = 25;

/** A step inside a phase: between two probes, and for a new master that was told to go before it is killed. */
export const pauseMs = 1_000;
export const rollbackQuitMs = 5_000;

/** How long a master may take to show itself after the one before it has ended. */
const searchMs = (turn: Turn): Millis => turn.spec.server.reexec?.appearsWithinMs ?? 0;

/** Moves to another state, with everything that it asks for as it begins. */
export function to(turn: Turn, instance: Instance, life: Life, ...first: readonly InstanceEffect[]): Step {
  const moved = { ...instance, life };
  return { instance: moved, effects: [...first, ...enter(turn, moved)] };
}

/** The entry effects of the state that the instance is in. */
export function enter(turn: Turn, instance: Instance): readonly InstanceEffect[] {
  const { life } = instance;
  const generation = currentGeneration(instance);
  switch (life.kind) {
    case 'adopting':
      return [findShim(life)];
    case 'starting':
      return [{ kind: 'start-shim' }];
    case 'running':
      return [
        ...nextHealthCheck(turn, generation, life.health),
        ...nextTry(turn, generation, instance),
        ...lookForLateMaster(turn, generation, instance),
      ];
    case 'reloading':
      return enterPhase(turn, generation, life.reload, life.serving.main);
    case 'searching':
      return [look(generation), { kind: 'timer', generation, timer: 'step', at: turn.stamp.at + searchMs(turn) }];
    case 'stopping':
      return [
        ...life.others.map((process) => signal(process, life.signal)),
        { kind: 'signal', target: { kind: 'main' }, signal: life.signal },
        { kind: 'timer', generation, timer: 'stop', at: life.killAt },
      ];
    case 'clearing':
      return [
        ...(life.others.length > 0
          ? life.others.map(watch)
          : [{ kind: 'signal', target: { kind: 'all' }, signal: 'SIGTERM' } as const]),
        { kind: 'timer', generation, timer: 'stop', at: life.killAt },
      ];
    case 'orphaned':
      return [{ kind: 'timer', generation, timer: 'stop', at: life.killAt }];
    case 'backoff':
      return [{ kind: 'timer', generation, timer: 'backoff', at: life.until }];
    case 'down':
    case 'failed':
      return [];
  }
}

/** Who was known before says something only under the same init: with another, their numbers may be somebody else's. */
export const findShim = ({ was, era }: Extract<Life, { kind: 'adopting' }>): InstanceEffect => ({
  kind: 'find-shim',
  known: was !== undefined && era === 'same' ? [...('shim' in was ? [was.shim] : []), ...knownIn(was)] : [],
});

/**
 * The old master is signalled by who it is and never as the main process: by the time that a new supervisor enters this
 * phase again, its heir may be that.
 */
function enterPhase(
  turn: Turn,
  generation: GenerationId,
  reload: Reload,
  oldMaster: ProcessRef,
): readonly InstanceEffect[] {
  const { at } = turn.stamp;
  const deadline: InstanceEffect = { kind: 'timer', generation, timer: 'deadline', at: reload.deadline };
  const step = (due: Millis): InstanceEffect => ({ kind: 'timer', generation, timer: 'step', at: due });
  switch (reload.phase) {
    case 'preparing':
      if (reload.step === 'looking') return [deadline, look(generation)];
      return [deadline, { kind: 'prepare', generation, main: oldMaster, timeoutMs: Math.max(1, reload.deadline - at) }];
    case 'trying':
      if (reload.step === 'ending')
        return [{ kind: 'end-trial', generation, how: 'graceful' }, step(at + turn.spec.stop.timeoutMs)];
      return [deadline, { kind: 'start-trial', generation }, step(at), { kind: 'look-at-trial', generation }];
    case 'starting':
      if (reload.by === 'shim') return [{ kind: 'start-second' }, step(reload.appearsBy)];
      return [...startSignal(turn, reload, oldMaster), step(reload.appearsBy), look(generation)];
    case 'renewing':
      return [...renewSignal(turn, generation, reload, oldMaster), step(reload.showsBy), look(generation)];
    case 'proving':
      return [deadline, watch(reload.fresh.master), step(at + pauseMs), look(generation)];
    case 'handing-over':
      return [deadline, watch(reload.fresh.master), step(at + pauseMs), look(generation)];
    case 'soaking':
      return [watch(reload.fresh.master), step(Math.min(reload.until, at + pauseMs)), look(generation)];
    case 'retiring':
      return [
        watch(reload.fresh.master),
        ...retireEffects(turn, reload, oldMaster),
        ...(reload.step === 'sweeping' ? [look(generation)] : []),
        step(reload.killAt),
      ];
    case 'rolling-back':
      return [watch(reload.fresh.master), ...rollBackEffects(turn, reload), step(reload.stepUntil), look(generation)];
    case 'salvaging':
      return [
        deadline,
        watch(reload.fresh.master),
        { kind: 'name-heir', process: reload.fresh.master },
        look(generation),
      ];
  }
}

function startSignal(
  turn: Turn,
  reload: Extract<InPhase<'starting'>, { by: 'master' }>,
  oldMaster: ProcessRef,
): readonly InstanceEffect[] {
  const { reexec } = turn.spec.server;
  return reload.signal === 'uncertain' || reexec === undefined ? [] : [signal(oldMaster, reexec.signal)];
}

function renewSignal(
  turn: Turn,
  generation: GenerationId,
  reload: InPhase<'renewing'>,
  master: ProcessRef,
): readonly InstanceEffect[] {
  const { inPlace } = turn.spec.server;
  if (reload.signal === 'uncertain') return [];
  if (reload.strategy === 'command')
    return [{ kind: 'run-reload', generation, timeoutMs: Math.max(1, reload.deadline - turn.stamp.at) }];
  return inPlace === undefined ? [] : [signal(master, inPlace.signal)];
}

function retireEffects(turn: Turn, reload: InPhase<'retiring'>, oldMaster: ProcessRef): readonly InstanceEffect[] {
  const gracefulStop = gentleStop(turn.spec);
  // The same master has told them by itself.
  if (isInPlace(reload)) return [];
  return [
    { kind: 'name-heir', process: reload.fresh.master },
    // Workers whose master has gone may not know it: some go on for as long as they have requests.
    ...(reload.step === 'quitting'
      ? [signal(oldMaster, gracefulStop)]
      : reload.old.map((worker) => signal(worker, gracefulStop))),
  ];
}

/** A revision whose reload failed for a reason that may pass. */
function nextTry(turn: Turn, generation: GenerationId, { ledger }: Instance): readonly InstanceEffect[] {
  const { refused } = ledger;
  if (refused?.againAt === undefined || refused.revision !== turn.revision) return [];
  return [{ kind: 'timer', generation, timer: 'retry', at: refused.againAt }];
}

export const lookForLateMaster = (
  turn: Turn,
  generation: GenerationId,
  { ledger }: Instance,
): readonly InstanceEffect[] =>
  isLateMasterAwaited(turn, ledger)
    ? [{ kind: 'timer', generation, timer: 'look', at: turn.stamp.at + lateMasterEveryMs }]
    : [];

/** A bad answer is cut off at once; anything else may finish what it has begun. */
function rollBackEffects(turn: Turn, reload: InPhase<'rolling-back'>): readonly InstanceEffect[] {
  switch (reload.step) {
    case 'quitting':
      return [signal(reload.fresh.master, gentleStop(turn.spec))];
    case 'killing':
      // Stopped first, or it would replace the workers as fast as they are killed.
      return [
        signal(reload.fresh.master, 'SIGSTOP'),
        ...reload.fresh.workers.map((worker) => signal(worker, 'SIGKILL')),
        signal(reload.fresh.master, 'SIGKILL'),
      ];
    case 'restoring':
    case 'yielding':
      return [];
  }
}

/** Finish the requests in flight, then exit. Of a server of which nothing is known, the configuration says how. */
export const gentleStop = ({ server, stop }: ServiceSpec): Signal =>
  server.roles === undefined ? stop.signal : server.signals.gracefulStop;

export const look = (generation: GenerationId): InstanceEffect => ({ kind: 'look', generation });

export const lookAgain = (turn: Turn, generation: GenerationId): InstanceEffect => ({
  kind: 'timer',
  generation,
  timer: 'look',
  at: turn.stamp.at + lookEveryMs,
});

export const signal = (process: ProcessRef, name: Signal): InstanceEffect => ({
  kind: 'signal',
  target: { kind: 'process', process },
  signal: name,
});

/** A second main process that no reload waits for any more. */
export const dismiss = (instance: Instance, process: ProcessRef): Step => ({
  instance,
  effects: [signal(process, 'SIGKILL')],
});

/** An operator's signal. A server that has not set its handlers yet would die of it; it shows when it has. */
export const passOn = (turn: Turn, process: ProcessRef, name: Signal): InstanceEffect =>
  turn.spec.server.roles === undefined
    ? { kind: 'signal', target: { kind: 'main' }, signal: name }
    : { kind: 'pass-on', process, signal: name, mark: turn.spec.server.roles.readyMaster };

const watch = (process: ProcessRef): InstanceEffect => ({ kind: 'watch', process });
