/** The main process ended, and its server may have left a master that takes its place. */
import type { InstanceEvent } from '../model/event.ts';
import type { ProcessInfo } from '../model/process.ts';
import { ended } from './ending.ts';
import { dismiss, look, lookAgain, to } from './enter.ts';
import { beginHealth } from './health.ts';
import type { In } from './life.ts';
import { loseShim } from './orphaned.ts';
import { findMaster, reference } from './reload/roles.ts';
import { currentGeneration, keep, stay, withLedger, type Step, type Turn } from './step.ts';
import { clear } from './stopping.ts';

export function searching(turn: Turn, instance: In<'searching'>, event: InstanceEvent): Step {
  const { life } = instance;
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'looked':
      return looked(turn, instance, event.processes);
    case 'main-succeeded': {
      const number = instance.ledger.newest + 1;
      const serving = { number, revision: turn.revision, main: event.process, startedAt: turn.stamp.wall };
      const health = beginHealth(turn.spec.health, turn.stamp.at);
      return to(turn, withLedger(instance, { newest: number }), { kind: 'running', shim: life.shim, serving, health });
    }
    case 'emptied':
      return ended(turn, instance, life.outcome, 'decide');
    case 'stop':
      return clear(turn, instance, life, life.outcome, 'rest');
    case 'restart':
      return clear(turn, instance, life, life.outcome, 'restart');
    case 'shim-lost':
      return loseShim(turn, instance, event.left, { outcome: life.outcome, then: 'decide' });
    case 'timer-fired':
      if (event.timer === 'look') return keep(instance, life, look(currentGeneration(instance)));
      return event.timer === 'step' ? clear(turn, instance, life, life.outcome, 'decide') : stay(instance);
    case 'start':
    case 'reload':
    case 'forward':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'main-ended':
    case 'process-gone':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
}

/** What is left may still be on its way out or on its way up, so one look is not the last word; the step timer is. */
function looked(turn: Turn, instance: In<'searching'>, processes: readonly ProcessInfo[]): Step {
  const { life } = instance;
  const { roles } = turn.spec.server;
  const master = roles === undefined ? undefined : findMaster(roles, processes, life.shim);
  const again = lookAgain(turn, currentGeneration(instance));
  if (master === undefined) return keep(instance, life, again);
  return keep(instance, life, { kind: 'name-heir', process: reference(master) }, again);
}
