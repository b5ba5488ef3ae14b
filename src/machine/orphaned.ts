/**
 * The shim is no more: it was killed. What it has left serves on with nobody above it, and would beside the next
 * generation. So it is ended as a stop would end it, by us, and only then does follow what was to.
 */
import type { InstanceEffect } from '../model/effect.ts';
import type { InstanceEvent } from '../model/event.ts';
import type { Millis } from '../model/identity.ts';
import type { ExitOutcome } from '../model/outcome.ts';
import type { ProcessRef } from '../model/process.ts';
import type { Signal } from '../model/signal.ts';
import { afterwards } from './ending.ts';
import { to } from './enter.ts';
import { killAgainMs, restartAfterwards, startAfterwards } from './going.ts';
import { knownIn, mastersIn, type Afterwards, type In, type Instance, type Life } from './life.ts';
import { lostShim, withdraw } from './reload/end.ts';
import { includes } from './reload/roles.ts';
import { currentGeneration, keep, stay, withLedger, type Step, type Turn } from './step.ts';

/** Between two looks at what is left: nobody tells of an end that is no child of ours. What has been killed may take its time. */
const lookAgainMs = 50;
const killedLookMs = 250;

const unseen: ExitOutcome = { kind: 'unknown' };

/** What is to become of an instance whose shim is no more. */
interface Course {
  readonly outcome: ExitOutcome;
  readonly then: Afterwards;
  /** A stop that had begun goes on: nobody is told twice, and the end does not move. */
  readonly told?: readonly ProcessRef[];
  readonly signal?: Signal;
  readonly killAt?: Millis;
}

/** The shim that we were connected to is gone. `left`: what it has left; where that is nothing, what was to follow does. */
export function loseShim(turn: Turn, instance: Instance, left: readonly ProcessRef[], course: Course): Step {
  if (left.length === 0) return afterwards(turn, instance, course.outcome, course.then);
  const entered = to(turn, instance, {
    kind: 'orphaned',
    masters: mastersIn(instance.life),
    left: [],
    told: course.told ?? [],
    signal: course.signal ?? turn.spec.stop.signal,
    outcome: course.outcome,
    killAt: Math.min(course.killAt ?? Infinity, turn.stamp.at + turn.spec.stop.timeoutMs),
    then: course.then,
  });
  const told = see(turn, entered.instance as In<'orphaned'>, left);
  return { ...told, effects: [...entered.effects, ...told.effects] };
}

/** No shim lives that could be adopted, and what an earlier one has left does. */
export function adoptOrphans(turn: Turn, instance: In<'adopting'>, left: readonly ProcessRef[]): Step {
  const { was, era } = instance.life;
  // Another init's: by now somebody wants it to run, whatever it did then.
  const isAnew = was === undefined || era === 'earlier';
  const heir: Instance = {
    ...(isAnew ? withLedger(instance, { restartedAt: [] }) : instance),
    life: was ?? instance.life,
  };
  if (isAnew) return loseShim(turn, heir, left, { outcome: unseen, then: 'restart' });
  if (was.kind === 'reloading')
    return loseShim(turn, lostShim(turn, heir, was.reload), left, { outcome: unseen, then: 'decide' });
  return loseShim(turn, heir, left, courseAfter(was));
}

/** What has been told already may not have heard it, and is told again. */
function courseAfter(was: Exclude<Life, { kind: 'reloading' }>): Course {
  switch (was.kind) {
    case 'stopping':
      return { outcome: unseen, then: was.then, signal: was.signal, killAt: was.killAt };
    case 'clearing':
      return { outcome: was.outcome, then: was.then, killAt: was.killAt };
    case 'orphaned':
      return { outcome: was.outcome, then: was.then, signal: was.signal, killAt: was.killAt };
    case 'starting':
      return { outcome: unseen, then: was.plan ?? (was.wish === 'run' ? 'restart' : 'rest') };
    case 'backoff':
      return { outcome: was.outcome, then: 'restart' };
    case 'searching':
    case 'failed':
      return { outcome: was.outcome, then: 'decide' };
    case 'down':
      return { outcome: was.outcome ?? unseen, then: 'rest' };
    case 'running':
    case 'adopting':
      return { outcome: unseen, then: 'decide' };
  }
}

export function orphaned(turn: Turn, instance: In<'orphaned'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'orphans-found':
      if (event.left.length === 0) return afterwards(turn, instance, life.outcome, life.then);
      return see(turn, instance, event.left);
    case 'timer-fired':
      if (event.timer === 'look') return keep(instance, life, find(instance));
      return event.timer === 'stop' && turn.stamp.at >= life.killAt ? kill(turn, instance) : stay(instance);
    case 'stop':
      return stopAgain(turn, withdraw(turn, instance, life.then, 'an operator stopped it'), event.how);
    case 'start':
      return startAfterwards(instance);
    case 'restart':
      return restartAfterwards(turn, instance);
    case 'reload':
    case 'forward':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'shim-lost':
    case 'main-ended':
    case 'main-succeeded':
    case 'second-started':
    case 'process-gone':
    case 'emptied':
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

/** One look: who is met for the first time may have been frozen by the shim, and would not hear of anything. */
function see(turn: Turn, instance: In<'orphaned'>, left: readonly ProcessRef[]): Step {
  const { life } = instance;
  const met = left.filter((one) => !includes(life.left, one));
  const isSame = met.length === 0 && left.length === life.left.length;
  const next = tellNext(isSame ? life : { ...life, left });
  const at = turn.stamp.at + (isKilled(life) ? killedLookMs : lookAgainMs);
  return keep(instance, next.life, ...next.effects, ...met.map((one) => signal(one, 'SIGCONT')), {
    kind: 'timer',
    generation: currentGeneration(instance),
    timer: 'look',
    at,
  });
}

/** The masters, and once none of them lives all the others: workers whose master has gone may have nobody to tell them. */
function tellNext(life: In<'orphaned'>['life']): { life: Life; effects: readonly InstanceEffect[] } {
  const masters = life.left.filter((one) => includes(life.masters, one));
  const isInOrder = masters.length > 0 && !isKilled(life);
  const due = isInOrder ? masters : life.left;
  const name = isInOrder || isKilled(life) ? life.signal : 'SIGTERM';
  const untold = due.filter((one) => !includes(life.told, one));
  const told = untold.length === 0 ? life.told : [...life.told, ...untold];
  return { life: { ...life, told }, effects: untold.map((one) => signal(one, name)) };
}

/** As while it is stopping: a graceful stop may be made a quick one, and its end be nearer. */
function stopAgain(turn: Turn, instance: In<'orphaned'>, how: 'graceful' | 'quick'): Step {
  const { life } = instance;
  const killAt = Math.min(life.killAt, turn.stamp.at + turn.spec.stop.timeoutMs);
  const timer: InstanceEffect = { kind: 'timer', generation: currentGeneration(instance), timer: 'stop', at: killAt };
  const timers = killAt === life.killAt ? [] : [timer];
  const next = { ...life, killAt, then: 'rest' } as const;
  if (how === 'graceful' || isKilled(life)) return keep(instance, next, ...timers);
  const quick = tellNext({ ...next, signal: turn.spec.server.signals.quickStop, told: [] });
  return keep(instance, quick.life, ...quick.effects, ...timers);
}

function kill(turn: Turn, instance: In<'orphaned'>): Step {
  const { life } = instance;
  const killAt = turn.stamp.at + killAgainMs;
  const generation = currentGeneration(instance);
  return keep(
    instance,
    { ...life, signal: 'SIGKILL', told: life.left, killAt },
    ...life.left.map((one) => signal(one, 'SIGKILL')),
    {
      kind: 'timer',
      generation,
      timer: 'stop',
      at: killAt,
    },
  );
}

/** From then on who is met is killed at once. */
const isKilled = ({ signal }: In<'orphaned'>['life']): boolean => signal === 'SIGKILL';

const find = (instance: In<'orphaned'>): InstanceEffect => ({
  kind: 'find-orphans',
  generation: currentGeneration(instance),
  known: knownIn(instance.life),
});

const signal = (process: ProcessRef, name: Signal): InstanceEffect => ({
  kind: 'signal-orphan',
  process,
  signal: name,
});
