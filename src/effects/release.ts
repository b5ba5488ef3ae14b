import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ProcessRef } from '../model/process.ts';

/**
 * Says that a master runs in another release than the one that `cwd` names now: a reload that silently ran the old code.
 * Releases are directories beside each other; a master that has gone elsewhere on purpose is not meant. Empty when all is
 * well, or hidden from us, or where no link leads to the directory: then it names no release.
 *
 * Shape   "runs in /srv/releases/r1, and its working directory /srv/current is /srv/releases/r2"
 */
export function wrongRelease({ pid }: ProcessRef, cwd: string): string {
  try {
    const actual = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
    const expected = releaseOf(cwd);
    if (expected === undefined || actual === expected || dirname(actual) !== dirname(expected)) return '';
    return `runs in ${actual}, and its working directory ${cwd} is ${expected}`;
  } catch {
    // It has ended, or is hidden from us, or the directory has gone again: then there is nothing to be said of it.
    return '';
  }
}

/** The directory that a working directory names by way of a link; undefined where there is none in it. */
function releaseOf(cwd: string): string | undefined {
  const directory = realpathSync(cwd);
  return directory === resolve(cwd) ? undefined : directory;
}

/** What a shell keeps there by itself. */
const keptByShells: ReadonlySet<string> = new Set(['PWD', 'OLDPWD']);

/**
 * Names the variables of a master's environment that point into a release beside the one that `cwd` names now. A new
 * master inherits them: it runs the new code with what they name of the old. Empty where its environment is hidden from us.
 *
 * Shape   ["BUNDLE_GEMFILE"]
 */
export function pinnedVariables({ pid }: ProcessRef, cwd: string): readonly string[] {
  try {
    const current = releaseOf(cwd);
    if (current === undefined) return [];
    const releases = `${dirname(current)}/`;
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
      .filter(([name, value]) => !keptByShells.has(name) && value.startsWith(releases) && !isWithin(value, current))
      .map(([name]) => name);
  } catch {
    return [];
  }
}

const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);
