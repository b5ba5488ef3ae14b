/** A generation serves. */
import type { InstanceEvent } from '../model/event.ts';
import { isSameProcess, type ProcessInfo } from '../model/process.ts';
import { ended } from './ending.ts';
import { dismiss, gentleStop, look, lookForLateMaster, passOn, signal, to } from './enter.ts';
import { askHealth, judge, nextHealthCheck } from './health.ts';
import { refusalOf, type In, type Instance } from './life.ts';
import { loseShim } from './orphaned.ts';
import { beginReload } from './reload/end.ts';
import { lateMaster } from './reload/late-master.ts';
import { reference } from './reload/roles.ts';
import { lacks } from './rollout.ts';
import { currentGeneration, keep, stay, withLedger, type Step, type Turn } from './step.ts';
import { beginStop, clear } from './stopping.ts';

export function running(turn: Turn, instance: In<'running'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'stop':
      return beginStop(turn, instance, life, event.how, 'rest');
    case 'restart':
      return beginStop(turn, instance, life, 'graceful', 'restart');
    case 'reload':
      return mayReload(turn, instance, event.force) ? beginReload(turn, instance, 'operator') : stay(instance);
    case 'forward':
      return keep(instance, life, passOn(turn, life.serving.main, event.signal));
    case 'main-ended':
      if (event.process !== undefined && !isSameProcess(event.process, life.serving.main)) return stay(instance);
      // A server that can replace itself may have done so unasked.
      if (turn.spec.server.reexec === undefined) return clear(turn, instance, life, event.outcome, 'decide');
      return to(turn, instance, { ...life, kind: 'searching', outcome: event.outcome });
    case 'emptied':
      return ended(turn, instance, { kind: 'unknown' }, 'decide');
    case 'shim-lost':
      return loseShim(turn, instance, event.left, { outcome: { kind: 'unknown' }, then: 'decide' });
    case 'timer-fired':
      if (event.timer === 'look') return keep(instance, life, look(currentGeneration(instance)));
      // For the retry it is enough to have been told anything: what follows is decided after each event.
      if (event.timer !== 'health') return stay(instance);
      return keep(instance, life, ...askHealth(turn, currentGeneration(instance)));
    case 'looked':
      return looked(turn, instance, event.processes);
    case 'probed':
      return event.purpose === 'health' ? judged(turn, instance, event) : stay(instance);
    case 'start':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'main-succeeded':
    case 'process-gone':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
}

function looked(turn: Turn, instance: In<'running'>, processes: readonly ProcessInfo[]): Step {
  const { life, ledger } = instance;
  const late = lateMaster(turn, ledger, processes, life.serving.main);
  const dismissal = late === undefined ? [] : [signal(reference(late), gentleStop(turn.spec))];
  return keep(instance, life, ...dismissal, ...lookForLateMaster(turn, currentGeneration(instance), instance));
}

function judged(turn: Turn, instance: In<'running'>, event: Extract<InstanceEvent, { kind: 'probed' }>): Step {
  const { life } = instance;
  const spec = turn.spec.health;
  if (spec === undefined) return stay(instance);
  const health = judge(spec, life.health, event.verdict, turn.stamp.at);
  const next = nextHealthCheck(turn, currentGeneration(instance), health);
  return keep(instance, health === life.health ? life : { ...life, health }, ...next);
}

/** What a generation that serves is moved to do without being told: follow the revision file, or an operator's wish. */
export function followUp(turn: Turn, instance: In<'running'>): Step {
  if (turn.spec.reload.strategy === 'none') return stay(instance);
  const { reloadAsked } = instance.ledger;
  if (reloadAsked !== 'no' && mayReload(turn, instance, reloadAsked === 'forced'))
    return beginReload(turn, instance, 'operator');
  // Whoever asked without force, and for a revision that has been refused by now, has had the answer.
  const answered = withLedger(instance, { reloadAsked: 'no' });
  const follows = turn.admitted !== undefined && lacks(turn.spec, answered, turn.admitted, turn.stamp.at);
  return follows ? beginReload(turn, answered, 'revision') : stay(answered);
}

/** An operator may insist on a revision that was refused. */
const mayReload = (turn: Turn, instance: Instance, force: boolean): boolean =>
  turn.spec.reload.strategy !== 'none' && (force || refusalOf(instance, turn.revision) === undefined);
