import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What was found. An absent journal has neither a value nor a problem. */
export interface JournalReading {
  /** As parsed from JSON, not validated; undefined when there is none that can be read. */
  readonly value: unknown;
  /** Shape: "cannot read /run/borginit/journal.json: it is not JSON". */
  readonly problem: string | undefined;
}

export type JournalWriting = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** The last decided state on disk. */
export interface Journal {
  read(): JournalReading;
  /**
   * Replaces the journal; a reader, and a supervisor that is killed meanwhile, leaves or finds the old or the new one, whole.
   *
   * Fails  returns `{ ok: false }` when the file system refuses; the previous journal is then intact
   */
  write(value: unknown): JournalWriting;
}

/** Room for thousands of instances; what is longer was not written by us. */
export const journalMaxBytes = 4 * 1_024 * 1_024;

/** Opens `journal.json` in a directory that no other supervisor writes to, and removes what a killed one left half-written. */
export function createJournal(directory: string): Journal {
  const file = join(directory, 'journal.json');
  const draft = join(directory, 'journal.json.draft');
  discard(draft);
  return {
    read: () => readJournal(directory),
    write(value) {
      const text = `${JSON.stringify(value)}\n`;
      if (Buffer.byteLength(text) > journalMaxBytes) return failed(file, `it would exceed ${journalMaxBytes} bytes`);
      try {
        writeWhole(draft, text);
        renameSync(draft, file);
        return { ok: true };
      } catch (error) {
        discard(draft);
        return failed(file, (error as Error).message);
      }
    },
  };
}

const failed = (file: string, reason: string): JournalWriting => ({
  ok: false,
  problem: `cannot write ${file}: ${reason}`,
});

/** What stands in a directory's journal, for whoever only looks at it. */
export function readJournal(directory: string): JournalReading {
  const file = join(directory, 'journal.json');
  const unreadable = (reason: string): JournalReading => ({
    value: undefined,
    problem: `cannot read ${file}: ${reason}`,
  });
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return { value: undefined, problem: undefined };
    if (!stats.isFile()) return unreadable('it is not a regular file');
    if (stats.size > journalMaxBytes) return unreadable(`it is longer than ${journalMaxBytes} bytes`);
    return { value: JSON.parse(readFileSync(file, 'utf8')) as unknown, problem: undefined };
  } catch (error) {
    return unreadable(error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message);
  }
}

function writeWhole(file: string, text: string): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // A read-only file system: the next write says so, and the draft harms nobody.
  }
}
