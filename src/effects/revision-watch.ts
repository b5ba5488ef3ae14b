import { parseRevision, revisionMaxLength, type RevisionVerdict } from '../model/identity.ts';
import { readBounded } from './bounded-file.ts';
import { ChainWatch, type WatchMode } from './chain-watch.ts';
import { createRevisionNews, type NewsListener } from './revision-news.ts';

export interface RevisionListener extends NewsListener {
  /** How changes are noticed: told at the beginning and when it changes. */
  mode(mode: WatchMode): void;
}

export interface RevisionWatch {
  /** Reads the file now, event or not. */
  check(): void;
  close(): Promise<void>;
  /** Resolves when the file was read and each later change is noticed. */
  readonly ready: Promise<void>;
}

/** Room for the longest revision in any script, and for the white space around it. */
const fileMaxBytes = revisionMaxLength * 4 + 1_024;

/** Watches the content of a file that is reached through any number of links. Never throws; `file` must be absolute. */
export function watchRevision(file: string, listener: RevisionListener): RevisionWatch {
  const news = createRevisionNews(file, listener);
  const chain = new ChainWatch(file, {
    mode: (mode) => listener.mode(mode),
    look: async () => news.read(await readRevision(file)),
  });
  return {
    check: () => chain.check(),
    ready: chain.ready,
    close() {
      news.close();
      return chain.close();
    },
  };
}

async function readRevision(file: string): Promise<RevisionVerdict> {
  const content = await readBounded(file, fileMaxBytes);
  if (content.kind === 'unreadable') return { ok: false, problem: content.reason };
  try {
    return parseRevision(new TextDecoder('utf-8', { fatal: true }).decode(content.bytes));
  } catch {
    return { ok: false, problem: 'it is not text in UTF-8' };
  }
}
