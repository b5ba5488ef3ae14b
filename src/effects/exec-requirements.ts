import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ProcessRef } from '../model/process.ts';
import type { ServiceSpec } from '../model/spec.ts';

/**
 * Says why no new generation could start: what a server that executes itself anew would not find: its working directory, by
 * the name under which it was started, its program, or the Gemfile that the configuration gives it. Empty when there is
 * nothing. Some servers take their old generation down when they find out by themselves, others are gone by then.
 *
 * Shape   "no new generation could start: its program /srv/venv/bin/python is not there"
 */
export function missingForExec(
  { pid }: ProcessRef,
  { cwd, command: [program], env }: Pick<ServiceSpec, 'cwd' | 'command' | 'env'>,
): string {
  const needs: readonly (readonly [what: string, path: string])[] = [
    ['working directory', cwd],
    ['program', programOf(pid)],
    // A script's own path is nowhere to be seen once it has given itself a title.
    ['program', program],
    ['Gemfile', env['BUNDLE_GEMFILE'] ?? ''],
  ];
  const [what, path] = needs.find(([, path]) => isAbsolute(path) && !existsSync(path)) ?? [];
  return path === undefined ? '' : `no new generation could start: its ${what} ${path} is not there`;
}

/** The first word of the command line: a path, or whatever the server calls itself by now. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    // It has ended, or is hidden from us: then there is nothing to be said of it.
    return '';
  }
}
