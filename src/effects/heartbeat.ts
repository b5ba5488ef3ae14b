import { readdirSync, readlinkSync, statSync } from 'node:fs';

/** With what mode such a file is made; a beat that changes the mode never sets this one. */
const untouchedMode = 0o600;

/**
 * Says whether a process has touched each file of that name that it holds open: one that it has from its master may be
 * a sibling's. Undefined where it holds none, or hides it.
 *
 * Source  gunicorn's workertmp.py: a beat is fchmod(2) to 0 or 1, in later versions utime(2)
 */
export function hasBeaten(pid: number, file: RegExp): boolean | undefined {
  const beats = descriptorsOf(pid).flatMap((path) => isTouched(path, file) ?? []);
  return beats.length === 0 ? undefined : beats.every(Boolean);
}

function descriptorsOf(pid: number): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).map((fd) => `${directory}/${fd}`);
  } catch {
    // It has ended, or belongs to somebody who hides them.
    return [];
  }
}

/** Undefined for a file of another name, and for one that was closed in this moment. */
function isTouched(path: string, file: RegExp): boolean | undefined {
  try {
    if (!file.test(readlinkSync(path))) return undefined;
    const { mode, mtimeMs, birthtimeMs } = statSync(path);
    return (mode & 0o777) !== untouchedMode || mtimeMs > birthtimeMs;
  } catch {
    return undefined;
  }
}
