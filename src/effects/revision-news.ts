import type { Revision, RevisionVerdict } from '../model/identity.ts';

export interface NewsListener {
  /** The file names another revision than the last time. */
  revision(revision: Revision): void;
  /** There is no revision to be read, and it stays so. Said once, until it changes or a revision was read in between. */
  problem(text: string): void;
}

export interface RevisionNews {
  /** Takes what the file says now. */
  read(verdict: RevisionVerdict): void;
  close(): void;
}

/**
 * A revision is told at once; a problem must last this long first. Whoever replaces a file without rename(2) leaves it
 * empty, absent or unreadable for a moment, and nothing in the file says whether he has finished. A wrong guess makes a
 * complaint late or needless, and never a revision.
 */
export const problemAfterMs = 1_000;

/** Turns readings, of which there may be any number, into news. */
export function createRevisionNews(file: string, listener: NewsListener): RevisionNews {
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
        if (problem !== said) timer ??= setTimeout(complain, problemAfterMs);
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
