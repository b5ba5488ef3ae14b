/** The graceful stop: the stop signal now, SIGKILL at the deadline, and no rest before nothing is left. */
import type { InstanceEvent } from '../model/event.ts';
import type { Millis } from '../model/identity.ts';
import type { ExitOutcome } from '../model/outcome.ts';
import { isSameProcess, type ProcessRef } from '../model/process.ts';
import type { ServiceSpec } from '../model/spec.ts';
import { ended } from './ending.ts';
import { dismiss, to } from './enter.ts';
import { mastersIn, type Afterwards, type Generation, type In, type Instance } from './life.ts';
import { killAgainMs, restartAfterwards, startAfterwards } from './going.ts';
import { loseShim } from './orphaned.ts';
import { withdraw } from './reload/end.ts';
import { currentGeneration, keep, stay, type Step, type Turn } from './step.ts';

export type StopManner = 'graceful' | 'quick';

/** How long it takes at most to stop them all: they are stopped at the same time. */
export const longestStopMs = (services: readonly Pick<ServiceSpec, 'stop'>[]): Millis =>
  Math.max(0, ...services.map(({ stop }) => stop.timeoutMs));

/** Tells a generation's main process, and the masters beside it, to stop. */
export function beginStop(
  turn: Turn,
  instance: Instance,
  from: { readonly shim: ProcessRef; readonly serving: Generation },
  how: StopManner,
  then: Afterwards,
  others: readonly ProcessRef[] = [],
): Step {
  return to(turn, instance, {
    kind: 'stopping',
    shim: from.shim,
    serving: from.serving,
    others,
    signal: how === 'graceful' ? turn.spec.stop.signal : turn.spec.server.signals.quickStop,
    killAt: turn.stamp.at + turn.spec.stop.timeoutMs,
    then,
  });
}

/** The main process has ended: what it left behind is told to go, once the others that were told to stop have gone. */
export const clear = (
  turn: Turn,
  instance: Instance,
  from: { readonly shim: ProcessRef; readonly others?: readonly ProcessRef[]; readonly killAt?: number },
  outcome: ExitOutcome,
  then: Afterwards,
): Step =>
  to(turn, instance, {
    kind: 'clearing',
    shim: from.shim,
    others: from.others ?? [],
    outcome,
    killAt: from.killAt ?? turn.stamp.at + turn.spec.stop.timeoutMs,
    then,
  });

export function stopping(turn: Turn, instance: In<'stopping'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'main-ended':
      return clear(turn, instance, life, event.outcome, life.then);
    case 'emptied':
      return ended(turn, instance, { kind: 'unknown' }, life.then);
    case 'timer-fired':
      return event.timer === 'stop' && turn.stamp.at >= life.killAt ? killAll(turn, instance, life) : stay(instance);
    case 'stop':
      return stopAgain(turn, withdraw(turn, instance, life.then, 'an operator stopped it'), event.how);
    case 'start':
      return startAfterwards(instance);
    case 'restart':
      return restartAfterwards(turn, instance);
    case 'shim-lost':
      return loseShim(turn, instance, event.left, {
        ...{ outcome: { kind: 'unknown' }, then: life.then, signal: life.signal, killAt: life.killAt },
        told: mastersIn(life),
      });
    case 'reload':
    case 'forward':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'main-succeeded':
    case 'process-gone':
    case 'looked':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
}

/** A graceful stop may still be made a quick one, never the reverse, and its end be nearer, never further away. */
function stopAgain(turn: Turn, instance: In<'stopping'>, how: StopManner): Step {
  const { life } = instance;
  const killAt = Math.min(life.killAt, turn.stamp.at + turn.spec.stop.timeoutMs);
  const next = { ...life, killAt, then: 'rest' } as const;
  if (how === 'quick') return to(turn, instance, { ...next, signal: turn.spec.server.signals.quickStop });
  if (killAt === life.killAt) return keep(instance, next);
  return keep(instance, next, { kind: 'timer', generation: currentGeneration(instance), timer: 'stop', at: killAt });
}

export function clearing(turn: Turn, instance: In<'clearing'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'emptied':
      return ended(turn, instance, life.outcome, life.then);
    case 'timer-fired':
      return event.timer === 'stop' && turn.stamp.at >= life.killAt ? killAll(turn, instance, life) : stay(instance);
    case 'stop':
      return clearAgain(turn, instance, event.how);
    case 'process-gone': {
      const others = life.others.filter((one) => !isSameProcess(one, event.process));
      return others.length < life.others.length ? to(turn, instance, { ...life, others }) : stay(instance);
    }
    case 'start':
      return startAfterwards(instance);
    case 'restart':
      return restartAfterwards(turn, instance);
    case 'shim-lost':
      return loseShim(turn, instance, event.left, {
        ...{ outcome: life.outcome, then: life.then, killAt: life.killAt },
        told: life.others.length > 0 ? life.others : event.left,
      });
    case 'reload':
    case 'forward':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'main-ended':
    case 'main-succeeded':
    case 'looked':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
}

function clearAgain(turn: Turn, instance: In<'clearing'>, how: StopManner): Step {
  const { life } = instance;
  const closed = withdraw(turn, instance, life.then, 'an operator stopped it');
  if (how === 'graceful' || life.others.length === 0) return keep(closed, { ...life, then: 'rest' });
  return to(turn, closed, { ...life, others: [], then: 'rest' });
}

function killAll(turn: Turn, instance: Instance, life: In<'stopping' | 'clearing'>['life']): Step {
  const killAt = turn.stamp.at + killAgainMs;
  const generation = currentGeneration(instance);
  return keep(
    instance,
    { ...life, killAt },
    { kind: 'kill-all' },
    { kind: 'timer', generation, timer: 'stop', at: killAt },
  );
}
