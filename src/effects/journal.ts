import { closeSync, constants, existsSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { restoreRunDir } from './run-dir.ts';

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

/** Twice what there is to say, rounded up to this, is written where there is room for it: a reload has more to say than none. */
const reserveBytes = 16 * 1_024;

/** The files of one journal. */
interface Place {
  readonly file: string;
  /** The next one. Its content means nothing. */
  readonly draft: string;
  /** A second name of the present one, for the moment in which it is replaced. */
  readonly spare: string;
}

/**
 * Opens `journal.json` in a run directory, which no other supervisor writes to.
 *
 * A file system that is full must not cost a decision. So there are two files that change places: the next journal is
 * written over the one before the last, whose room was had when there was some, and none is ever given back. What a
 * text does not need of that is blanks, which JSON allows.
 */
export function createJournal(directory: string): Journal {
  const file = join(directory, 'journal.json');
  const place: Place = { file, draft: `${file}.draft`, spare: `${file}.spare` };
  takeBack(place);
  return {
    read: () => readJournal(directory),
    write(value) {
      const text = Buffer.from(`${JSON.stringify(value)}\n`);
      if (text.length > journalMaxBytes) return failed(file, `it would exceed ${journalMaxBytes} bytes`);
      const problem = restoreRunDir(directory);
      if (problem !== undefined) return failed(file, problem);
      try {
        writeDraft(place.draft, text);
        setAside(place);
        renameSync(place.draft, file);
        takeBack(place);
        return { ok: true };
      } catch (error) {
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
    return { value: JSON.parse(readWhole(file)) as unknown, problem: undefined };
  } catch (error) {
    return unreadable(error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message);
  }
}

/** So often a reader may be too slow for a writer: each time, two journals were written while it read one. */
const attempts = 1_000;

/** What was opened may no longer be the journal when it is read, but the next draft. */
function readWhole(file: string): string {
  let text = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const descriptor = openSync(file, constants.O_RDONLY);
    try {
      const before = fstatSync(descriptor, { bigint: true });
      text = readFileSync(descriptor, 'utf8');
      const after = fstatSync(descriptor, { bigint: true });
      const named = statSync(file, { bigint: true, throwIfNoEntry: false });
      if (named?.ino === before.ino && after.mtimeNs === before.mtimeNs) break;
    } finally {
      closeSync(descriptor);
    }
  }
  return text;
}

function writeDraft(draft: string, text: Buffer): void {
  const descriptor = openDraft(draft);
  try {
    const { size } = fstatSync(descriptor);
    // What stands there is written over to its end, or it would follow the text.
    const needed = Math.max(text.length, size);
    const bytes = Buffer.alloc(Math.max(needed, reserveFor(draft, text)), ' ');
    text.copy(bytes);
    bytes.write('\n', bytes.length - 1);
    writeAll(descriptor, bytes, needed);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** To write over a file that has another name too, or is none of ours, could spoil the journal itself. */
function openDraft(draft: string): number {
  const open = (): number => openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const descriptor = open();
  const { nlink, size } = fstatSync(descriptor);
  if (nlink === 1 && size <= journalMaxBytes) return descriptor;
  closeSync(descriptor);
  rmSync(draft);
  return open();
}

/** None where there is hardly any room, or the journal would be what fills the file system. */
function reserveFor(draft: string, text: Buffer): number {
  const wanted = Math.min(Math.ceil((2 * text.length) / reserveBytes) * reserveBytes, journalMaxBytes);
  const { bavail, bsize } = statfsSync(dirname(draft));
  return bavail * bsize > 4 * wanted ? wanted : 0;
}

/** What comes after `needed` is reserve, which one may have to do without. */
function writeAll(descriptor: number, bytes: Buffer, needed: number): void {
  try {
    for (let done = 0; done < bytes.length;) {
      const written = writeSync(descriptor, bytes, done);
      needed -= written;
      done += written;
    }
  } catch (error) {
    if (needed > 0) throw error;
  }
}

/** Keeps what is about to be replaced. Where that cannot be done, its room is given back, and the next draft has to find its own. */
function setAside({ file, spare }: Place): void {
  try {
    rmSync(spare, { force: true });
    linkSync(file, spare);
  } catch {
    // The first journal replaces none, and not every file system has links.
  }
}

/** Makes what was set aside the next draft. Where there is a draft, somebody was killed before he had replaced anything. */
function takeBack({ draft, spare }: Place): void {
  try {
    if (existsSync(draft)) rmSync(spare, { force: true });
    else renameSync(spare, draft);
  } catch {
    // Nothing was set aside, or the file system is read-only, as the next write will say.
  }
}
