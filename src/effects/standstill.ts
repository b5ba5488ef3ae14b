import { setTimeout as delay } from 'node:timers/promises';
import type { Millis } from '../model/identity.ts';
import type { ProcessRef } from '../model/process.ts';
import { monotonicNow } from './clock.ts';
import { lookAt } from './proc.ts';

/**
 * Resolves with whether none of them runs any more. A SIGSTOP that was sent has not stopped anybody yet: of a process with
 * threads, one has to be scheduled to take it, and until then the others go on.
 */
export async function standStill(processes: readonly ProcessRef[], withinMs: Millis): Promise<boolean> {
  const giveUpAt = monotonicNow() + withinMs;
  while (!processes.every(isStill)) {
    if (monotonicNow() >= giveUpAt) return false;
    await delay(1);
  }
  return true;
}

/** Stopped, traced, or at its end. Source: proc_pid_stat(5), field 3 */
const isStill = (process: ProcessRef): boolean => 'TtZX'.includes(lookAt(process)?.state ?? 'X');
