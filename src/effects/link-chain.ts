import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A directory in which the kernel looks names up on the way to a file. */
export interface Station {
  /** Equal for the same directory only: a new one in its place has another. */
  readonly identity: string;
  readonly names: ReadonlySet<string>;
}

/** The way from "/" to a file, as far as it exists. */
export interface Chain {
  /** By the directories' paths, which are free of links. */
  readonly stations: ReadonlyMap<string, Station>;
  /** Where the way ends: the file, free of links, or the first name that does not exist. */
  readonly end: string;
}

/** As many links as the kernel follows; see path_resolution(7). */
const mostLinks = 40;

/** Follows an absolute path name by name, every link included, and notes in which directory each name was looked up. */
export async function resolveChain(file: string): Promise<Chain> {
  const names = new Map<string, Set<string>>();
  const ahead = file.split('/');
  let here = '/';
  let end = '/';
  for (let links = 0; ahead.length > 0 && links <= mostLinks;) {
    const name = ahead.shift() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      here = dirname(here);
      continue;
    }
    names.set(here, (names.get(here) ?? new Set()).add(name));
    end = join(here, name);
    const kind = await kindOf(end);
    if (kind === 'absent') break;
    if (kind === 'other') {
      here = end;
      continue;
    }
    links += 1;
    ahead.unshift(...kind.target.split('/'));
    if (kind.target.startsWith('/')) here = '/';
  }
  return { stations: await identify(names), end };
}

async function kindOf(path: string): Promise<'absent' | 'other' | { readonly target: string }> {
  try {
    return (await lstat(path)).isSymbolicLink() ? { target: await readlink(path) } : 'other';
  } catch {
    // Missing, below something that is no directory, or not to be seen by us: the way ends here until that changes.
    return 'absent';
  }
}

async function identify(names: ReadonlyMap<string, Set<string>>): Promise<Map<string, Station>> {
  const stations = new Map<string, Station>();
  for (const [directory, looked] of names) {
    try {
      const stats = await stat(directory, { bigint: true });
      if (!stats.isDirectory()) continue;
      // An inode's number alone may come back within the same millisecond.
      stations.set(directory, { identity: `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`, names: looked });
    } catch {
      // Gone again. That it went is an event in its parent.
    }
  }
  return stations;
}
