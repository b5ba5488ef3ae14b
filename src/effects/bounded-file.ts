import type { Stats } from 'node:fs';
import { constants, open, stat, type FileHandle } from 'node:fs/promises';

export type BoundedContent =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  /** Shape of `reason`: "it does not exist", "it is a FIFO", "it is longer than 4096 bytes", "EACCES". */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads a regular file of at most `maxBytes`, whatever is in its place: never waits for a FIFO or a device, never rejects. */
export async function readBounded(file: string, maxBytes: number): Promise<BoundedContent> {
  let handle: FileHandle | undefined;
  try {
    // Looked at before it is opened, since an open alone can rewind a tape or wake the other end of a FIFO.
    const before = whyUnusable(await stat(file));
    if (before !== undefined) return { kind: 'unreadable', reason: before };
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    // And again, because something else may have taken the name in between.
    const opened = whyUnusable(await handle.stat());
    if (opened !== undefined) return { kind: 'unreadable', reason: opened };
    return await readAll(handle, maxBytes);
  } catch (error) {
    return { kind: 'unreadable', reason: explain((error as NodeJS.ErrnoException).code) };
  } finally {
    await handle?.close();
  }
}

function whyUnusable(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'it is a directory';
  if (stats.isFIFO()) return 'it is a FIFO';
  return 'it is not a regular file';
}

function explain(errno = 'unknown error'): string {
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it does not exist';
    case 'EACCES':
      return 'permission denied';
    case 'ELOOP':
      return 'its links lead nowhere';
    default:
      return errno;
  }
}

async function readAll(handle: FileHandle, maxBytes: number): Promise<BoundedContent> {
  // One byte more than is allowed tells a full file from one that is too long; a size says nothing about a file in /proc.
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) return { kind: 'read', bytes: bytes.subarray(0, length) };
    length += bytesRead;
  }
  return { kind: 'unreadable', reason: `it is longer than ${maxBytes} bytes` };
}
