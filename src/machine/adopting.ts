/**
 * The supervisor is new. What the journal says and what the shim says are put together, and life goes on from there.
 * A first start is the case in which neither has anything to say.
 */
import type { InstanceEvent } from '../model/event.ts';
import { isSameProcess, type ProcessRef } from '../model/process.ts';
import { afterwards, decide, startAfresh } from './ending.ts';
import { dismiss, enter, to } from './enter.ts';
import { mastersIn, type Generation, type In, type Instance, type Life } from './life.ts';
import { adoptOrphans } from './orphaned.ts';
import type { InPhase, Reload } from './reload/state.ts';
import { andThen, keep, stay, withLedger, type Step, type Turn } from './step.ts';
import { lostShim } from './reload/end.ts';
import { newGeneration } from './reload/generation.ts';
import { planOf } from './reload/phase.ts';
import { newlyProving } from './reload/proving.ts';

type Found = Extract<InstanceEvent, { kind: 'shim-found' }>;
type Continue = (turn: Turn, instance: Instance, event: InstanceEvent) => Step;

/** `proceed` is the machine itself: what the shim tells is then news like any other. */
export function adopting(turn: Turn, instance: In<'adopting'>, event: InstanceEvent, proceed: Continue): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'shim-found':
      return obey(
        turn,
        life,
        andThen(adopt(turn, instance, event, proceed), (next) => dismissStray(next, event)),
        proceed,
      );
    case 'shim-absent':
      return obey(
        turn,
        life,
        event.left.length > 0 ? adoptOrphans(turn, instance, event.left) : absent(turn, instance),
        proceed,
      );
    case 'shim-failed':
      return decide(turn, instance, { kind: 'unspawnable', errno: event.problem });
    case 'stop':
      return keep(instance, { ...life, wish: event.how });
    case 'start':
    case 'restart':
      return keep(instance, { ...life, wish: 'run' });
    case 'forward':
      return keep(instance, { ...life, held: [...life.held, event.signal] });
    case 'reload':
    case 'revision-changed':
    case 'shim-lost':
    case 'main-ended':
    case 'orphans-found':
    case 'main-succeeded':
    case 'process-gone':
    case 'emptied':
    case 'looked':
    case 'timer-fired':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
}

/** Now that it is known what runs, what was asked meanwhile is done. */
function obey(turn: Turn, { held, wish }: In<'adopting'>['life'], step: Step, proceed: Continue): Step {
  const asked: readonly InstanceEvent[] = [
    ...held.map((signal) => ({ kind: 'forward', signal }) as const),
    ...(wish === 'run' ? [] : [{ kind: 'stop', how: wish } as const]),
  ];
  return asked.reduce((before, event) => andThen(before, (next) => proceed(turn, next, event)), step);
}

/** A reload that is written nowhere any more has started it. */
function dismissStray(instance: Instance, { second }: Found): Step {
  const { life } = instance;
  if (second === undefined || mastersIn(life).some((one) => isSameProcess(one, second))) return stay(instance);
  return dismiss(instance, second);
}

/** A shim lives: enter the journalled state again, then hear what happened meanwhile. */
function adopt(turn: Turn, instance: In<'adopting'>, found: Found, proceed: Continue): Step {
  const { was } = instance.life;
  if (was === undefined || !('shim' in was) || !isSameProcess(was.shim, found.shim))
    return adoptUnknown(turn, instance, found, proceed);
  const life = takeUp(turn, { ...was, shim: found.shim }, found);
  const revived = { ...instance, life };
  const entered: Step = { instance: revived, effects: enter(turn, revived) };
  if (found.main.kind === 'running') {
    const { process } = found.main;
    if ('serving' in life && isSameProcess(life.serving.main, process)) return entered;
    return andThen(entered, (next) => succession(turn, next, process, proceed));
  }
  const { process, outcome } = found.main;
  const told =
    life.kind === 'clearing'
      ? entered
      : andThen(entered, (next) => proceed(turn, next, { kind: 'main-ended', process, outcome }));
  return found.empty ? andThen(told, (next) => proceed(turn, next, { kind: 'emptied' })) : told;
}

/** The shim's main process is not the journal's: the heir took over while nobody was here to be told. */
function succession(turn: Turn, instance: Instance, process: ProcessRef, proceed: Continue): Step {
  const { life } = instance;
  if (life.kind === 'stopping' || life.kind === 'clearing') return stay(instance);
  if (life.kind === 'running') {
    const serving: Generation = { ...life.serving, number: instance.ledger.newest, main: process };
    return keep(instance, { ...life, serving });
  }
  return proceed(turn, instance, { kind: 'main-succeeded', process });
}

/** A shim without a journal entry that fits, or one whose start was asked for when the supervisor died. */
function adoptUnknown(turn: Turn, instance: In<'adopting'>, found: Found, proceed: Continue): Step {
  const { was } = instance.life;
  // It had been written down that nothing is left of it, and only the shim had not been told yet.
  const isReleased = was?.kind === 'down' || was?.kind === 'failed' || was?.kind === 'backoff' || follows(was, found);
  if (isReleased && found.empty)
    return andThen({ instance, effects: [{ kind: 'end-shim' }] }, () => absent(turn, instance));
  const starting: Life =
    was?.kind === 'starting'
      ? was
      : {
          kind: 'starting',
          number: instance.ledger.newest + 1,
          revision: undefined,
          startedAt: turn.stamp.wall,
          wish: 'run',
          held: [],
          plan: undefined,
          after: undefined,
        };
  const newest = Math.max(instance.ledger.newest, starting.number);
  return proceed(turn, { ...withLedger(instance, { newest }), life: starting }, found);
}

/** The shim is the one whose end a start waits for. */
const follows = (was: Life | undefined, { shim }: Found): boolean =>
  was?.kind === 'starting' && was.after !== undefined && isSameProcess(was.after, shim);

/** What was under way when a supervisor died, as the next one may take it up. */
function takeUp(turn: Turn, life: Life, found: Found): Life {
  if (life.kind !== 'reloading') return life;
  const { shim, serving, health, reload } = life;
  // Configured since to be reloaded in another way, or not at all.
  if (turn.spec.reload.strategy !== reload.strategy) return { kind: 'running', shim, serving, health };
  return { ...life, reload: takeUpReload(turn, reload, found) };
}

function takeUpReload(turn: Turn, reload: Reload, { second }: Found): Reload {
  switch (reload.phase) {
    case 'starting':
      if (reload.by === 'shim') return takeUpSecond(turn, reload, second);
      // The signal may have been sent, or not: look for as long as if it had just been.
      return {
        ...reload,
        signal: 'uncertain',
        appearsBy: turn.stamp.at + (turn.spec.server.reexec?.appearsWithinMs ?? 0),
      };
    case 'proving':
    case 'salvaging':
      // Whoever asked is dead, and so is the answer.
      return { ...reload, step: 'booting' };
    case 'soaking':
      return { ...reload, step: 'holding' };
    case 'handing-over':
      // One of the masters may just have been told, and need a moment to show it.
      return resumed(reload);
    case 'renewing':
      return takeUpRenewal(turn, reload);
    case 'preparing':
      return { ...planOf(reload), phase: 'preparing', step: 'hook' };
    case 'trying':
      // It is tried anew, unless it had ended already.
      return reload.step === 'ending' ? reload : { ...reload, step: 'pausing', workers: [], deaths: 0 };
    case 'retiring':
    case 'rolling-back':
      return reload;
  }
}

/** It was started, or had not been yet; one that has ended already is tried again, too. */
const takeUpSecond = (turn: Turn, reload: InPhase<'starting'>, second: ProcessRef | undefined): Reload =>
  second === undefined
    ? { ...planOf(reload), phase: 'preparing', step: 'hook' }
    : newlyProving(reload, reload.expected, newGeneration(turn, second, ''));

function resumed(reload: InPhase<'handing-over'>): Reload {
  const { expected, fresh, old } = reload;
  const before = fresh.workers;
  return { ...planOf(reload), phase: 'handing-over', expected, fresh, old, step: 'resuming', before };
}

/**
 * Whether the signal was sent, a master shows that executes itself anew; it would die of a second one in that moment.
 * Workers come and go by chance as well: there the reload begins again, for two signals do no harm.
 */
function takeUpRenewal(turn: Turn, reload: InPhase<'renewing'>): Reload {
  const isVisible = turn.spec.server.inPlace?.executes === true && reload.image !== '';
  if (reload.strategy === 'signal' && isVisible)
    return { ...reload, signal: 'uncertain', showsBy: turn.stamp.at + uncertainMs };
  return { ...planOf(reload), phase: 'preparing', step: 'hook' };
}

/** A signal that was sent has had its effect after so long, or waits for requests that take longer. */
const uncertainMs = 2_000;

/** No shim lives, so nothing runs: the journal says whether that is as it should be. */
function absent(turn: Turn, instance: In<'adopting'>): Step {
  const { was, era } = instance.life;
  if (was === undefined || era === 'earlier') return startAfresh(turn, instance);
  switch (was.kind) {
    case 'down':
    case 'failed':
    case 'backoff':
      return to(turn, instance, was);
    case 'starting':
      return to(turn, instance, was);
    case 'stopping':
      return afterwards(turn, instance, { kind: 'unknown' }, was.then);
    case 'clearing':
    case 'orphaned':
      return afterwards(turn, instance, was.outcome, was.then);
    case 'reloading':
      return decide(turn, lostShim(turn, instance, was.reload), { kind: 'unknown' });
    case 'running':
    case 'searching':
    case 'adopting':
      return decide(turn, instance, { kind: 'unknown' });
  }
}
