import { readlinkSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessRef } from '../model/process.ts';

/**
 * Says that a master runs in another release than the one that `cwd` names now: a reload that silently ran the old code.
 * Releases are directories beside each other; a master that has gone elsewhere on purpose is not meant. Empty when all is
 * well, or hidden from us.
 *
 * Shape   "runs in /srv/releases/r1, and its working directory /srv/current is /srv/releases/r2"
 */
export function wrongRelease({ pid }: ProcessRef, cwd: string): string {
  try {
    const actual = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
    const expected = realpathSync(cwd);
    if (actual === expected || dirname(actual) !== dirname(expected)) return '';
    return `runs in ${actual}, and its working directory ${cwd} is ${expected}`;
  } catch {
    // It has ended, or is hidden from us, or the directory has gone again: then there is nothing to be said of it.
    return '';
  }
}
