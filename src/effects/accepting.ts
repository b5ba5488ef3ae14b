import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The sockets that a process holds, by their inodes; none where it hides them. */
export function socketsOf(pid: number): ReadonlySet<string> {
  const directory = `/proc/${pid}/fd`;
  return new Set(entriesOf(directory).flatMap((fd) => socketInode(`${directory}/${fd}`) ?? []));
}

/**
 * Says whether a process waits for connections on one of these sockets. Undefined where it shows nothing: it waits with
 * something else than epoll, or hides it.
 *
 * Source  proc_pid_fdinfo(5): a line for each descriptor that an epoll descriptor watches, with the inode in hexadecimal
 */
export function isAccepting(pid: number, sockets: ReadonlySet<string>): boolean | undefined {
  const directory = `/proc/${pid}/fdinfo`;
  const epolls = entriesOf(directory).flatMap((fd) => {
    const watched = watchedBy(`${directory}/${fd}`);
    return watched === undefined ? [] : [watched];
  });
  return epolls.length === 0 ? undefined : epolls.some((watched) => watched.some((inode) => sockets.has(inode)));
}

/** Undefined for a descriptor that is no epoll descriptor, or that watches nothing. */
function watchedBy(path: string): readonly string[] | undefined {
  try {
    const inodes = readFileSync(path, 'latin1').matchAll(/^tfd:.* ino:([\da-f]+)/gm);
    const list = Array.from(inodes, ([, inode = '']) => String(parseInt(inode, 16)));
    return list.length === 0 ? undefined : list;
  } catch {
    // Closed in this moment.
    return undefined;
  }
}

function socketInode(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    return undefined;
  }
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // It has ended, or belongs to somebody who hides them.
    return [];
  }
}
