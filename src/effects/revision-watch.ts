import { parseRevision, revisionMaxLength, type Revision, type RevisionVerdict } from '../model/identity.ts';
import { readBounded } from './bounded-file.ts';
import { ChainWatch, type WatchMode } from './chain-watch.ts';

export interface RevisionListener {
  /** The file names another revision than the last time. */
  revision(revision: Revision): void;
  /** There is no revision to be read, and it stays so. Said once, until it changes or a revision was read in between. */
  problem(text: string): void;
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

/**
 * A revision is told at once; a problem must last this long first. Whoever replaces a file without rename(2) leaves it
 * empty, absent or unreadable for a moment, and nothing in the file says whether he has finished. A wrong guess makes a
 * complaint late or needless, and never a revision.
 */
const problemGraceMs = 1_000;

/** Room for the longest revision in any script, and for the white space around it. */
const fileMaxBytes = revisionMaxLength * 4 + 1_024;

/** Watches the content of a file that is reached through any number of links. Never throws; `file` must be absolute. */
export function watchRevision(file: string, listener: RevisionListener): RevisionWatch {
  const tell = createTeller(file, listener);
  const chain = new ChainWatch(file, {
    mode: (mode) => listener.mode(mode),
    look: async () => tell.read(await readRevision(file)),
  });
  return {
    check: () => chain.check(),
    ready: chain.ready,
    close() {
      tell.close();
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

/** Turns readings into news. */
function createTeller(
  file: string,
  listener: RevisionListener,
): { read(verdict: RevisionVerdict): void; close(): void } {
  let known: Revision | undefined;
  let problem: string | undefined;
  let said: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const stopWaiting = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const complain = (): void => {
    timer = undefined;
    if (problem === undefined || problem === said) return;
    said = problem;
    listener.problem(`cannot read revision from ${file}: ${problem}`);
  };
  return {
    read(verdict) {
      if (isClosed) return;
      problem = verdict.ok ? undefined : verdict.problem;
      if (!verdict.ok) {
        if (problem !== said) timer ??= setTimeout(complain, problemGraceMs);
        return;
      }
      stopWaiting();
      said = undefined;
      if (verdict.revision === known) return;
      known = verdict.revision;
      listener.revision(known);
    },
    close() {
      isClosed = true;
      stopWaiting();
    },
  };
}
