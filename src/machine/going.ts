/** What all states have in common in which a generation is on its way out, and something is to follow. */
import type { Millis } from '../model/identity.ts';
import type { In } from './life.ts';
import { withdraw } from './reload/end.ts';
import { keep, stay, type Step, type Turn } from './step.ts';

type Going = In<'stopping' | 'clearing' | 'orphaned'>;

/** How long after SIGKILL it is sent again: a process in an uninterruptible call dies when that returns. */
export const killAgainMs: Millis = 1_000;

/** A start that is asked for meanwhile follows. A reload will do so by itself. */
export const startAfterwards = (instance: Going): Step =>
  typeof instance.life.then === 'object' ? stay(instance) : keep(instance, { ...instance.life, then: 'restart' });

/** A restart that is asked for meanwhile follows instead of a reload. */
export const restartAfterwards = (turn: Turn, instance: Going): Step =>
  keep(withdraw(turn, instance, instance.life.then, 'an operator restarted it'), {
    ...instance.life,
    then: 'restart',
  });
