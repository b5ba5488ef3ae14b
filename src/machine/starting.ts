/** A shim is being started, and through it a main process. */
import type { InstanceEvent } from '../model/event.ts';
import { describeOutcome, type ExitOutcome } from '../model/outcome.ts';
import type { ProcessRef } from '../model/process.ts';
import { ended } from './ending.ts';
import { dismiss, passOn, to } from './enter.ts';
import { beginHealth } from './health.ts';
import type { Generation, In } from './life.ts';
import { loseShim } from './orphaned.ts';
import { withdraw } from './reload/end.ts';
import { proveStarted } from './reload/proving.ts';
import { keep, stay, type Step, type Turn } from './step.ts';
import { beginStop, clear } from './stopping.ts';

export function starting(turn: Turn, instance: In<'starting'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'shim-found':
      return found(turn, instance, event);
    case 'shim-failed':
      return neverBegan(turn, instance, { kind: 'unspawnable', errno: event.problem }, event.left);
    case 'stop':
      return keep(withdraw(turn, instance, life.plan, 'an operator stopped it'), {
        ...life,
        ...{ wish: event.how, plan: undefined },
      });
    case 'start':
    case 'restart':
      return keep(instance, { ...life, wish: 'run' });
    case 'shim-lost':
      return neverBegan(turn, instance, { kind: 'unknown' }, event.left);
    case 'forward':
      return keep(instance, { ...life, held: [...life.held, event.signal] });
    case 'reload':
    case 'revision-changed':
    case 'shim-absent':
    case 'orphans-found':
    case 'main-ended':
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

function neverBegan(turn: Turn, instance: In<'starting'>, outcome: ExitOutcome, left: readonly ProcessRef[]): Step {
  if (instance.life.wish === 'run')
    return loseShim(turn, neverServed(turn, instance, outcome), left, { outcome, then: 'decide' });
  if (left.length > 0) return loseShim(turn, instance, left, { outcome, then: 'rest' });
  return to(turn, instance, { kind: 'down', why: 'asked', outcome: undefined });
}

const neverServed = (turn: Turn, instance: In<'starting'>, outcome: ExitOutcome): In<'starting'> =>
  withdraw(turn, instance, instance.life.plan, `the new generation ${describeOutcome(outcome)}`);

function found(turn: Turn, instance: In<'starting'>, event: Extract<InstanceEvent, { kind: 'shim-found' }>): Step {
  const { number, revision, startedAt, wish, held, plan } = instance.life;
  const { shim, main, empty } = event;
  const then = wish === 'run' ? 'decide' : 'rest';
  if (main.kind === 'ended') {
    const closed = neverServed(turn, instance, main.outcome);
    return empty ? ended(turn, closed, main.outcome, then) : clear(turn, closed, { shim }, main.outcome, then);
  }
  const serving: Generation = { number, revision, main: main.process, startedAt };
  if (wish !== 'run') return beginStop(turn, instance, { shim, serving }, wish, 'rest');
  const health = beginHealth(turn.spec.health, turn.stamp.at);
  const passed = held.map((signal) => passOn(turn, main.process, signal));
  if (plan !== undefined) return proveStarted(turn, instance, { shim, serving, health }, plan, ...passed);
  return to(turn, instance, { kind: 'running', shim, serving, health }, ...passed);
}
