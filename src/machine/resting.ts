/** Nothing runs: waiting for the next start, or for somebody to want one. */
import type { InstanceEvent } from '../model/event.ts';
import { startAfresh, startNext } from './ending.ts';
import { dismiss, to } from './enter.ts';
import type { In } from './life.ts';
import { keep, stay, type Step, type Turn } from './step.ts';

export function backingOff(turn: Turn, instance: In<'backoff'>, event: InstanceEvent): Step {
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'timer-fired':
      return event.timer === 'backoff' ? startNext(turn, instance) : stay(instance);
    case 'stop':
      return to(turn, instance, { kind: 'down', why: 'asked', outcome: instance.life.outcome });
    case 'start':
    case 'restart':
    case 'reload':
    case 'revision-changed':
      // Somebody thinks that it will do better now.
      return startAfresh(turn, instance);
    case 'forward':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'shim-lost':
    case 'main-ended':
    case 'main-succeeded':
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

export function resting(turn: Turn, instance: In<'down' | 'failed'>, event: InstanceEvent): Step {
  switch (event.kind) {
    case 'second-started':
      return dismiss(instance, event.process);
    case 'start':
    case 'restart':
      return startAfresh(turn, instance);
    case 'revision-changed':
      return instance.life.kind === 'failed' ? startAfresh(turn, instance) : stay(instance);
    case 'stop':
      return keep(instance, { kind: 'down', why: 'asked', outcome: instance.life.outcome });
    case 'reload':
    case 'forward':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
    case 'shim-lost':
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
