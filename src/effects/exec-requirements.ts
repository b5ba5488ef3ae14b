import { existsSync, readFileSync } from 'node:fs';
import type { ProcessRef } from '../model/process.ts';

/**
 * Says why no new master could start: what it would not find: its working directory, by the name under which it was
 * started, or its program. Empty when there is nothing. Some servers take their old generation down when they find out
 * by themselves.
 *
 * Shape   "no new master could start: its program /srv/venv/bin/python is not there"
 */
export function missingForExec({ pid }: ProcessRef, cwd: string): string {
  if (!existsSync(cwd)) return absent('working directory', cwd);
  const program = programOf(pid);
  return program.startsWith('/') && !existsSync(program) ? absent('program', program) : '';
}

const absent = (what: string, path: string): string => `no new master could start: its ${what} ${path} is not there`;

/** The first word of the command line: a path, or whatever the server calls itself by now. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    // It has ended, or is hidden from us: then there is nothing to be said of it.
    return '';
  }
}
