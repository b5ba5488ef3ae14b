import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KeptJournal, retryMs } from '../../src/supervisor/kept-journal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A journal on a disk with troubles, and what is written to it and said about it. */
function keptOn(disk: { trouble: string | undefined }) {
  const log: string[] = [];
  let now = 'first';
  const write = (value: unknown) => {
    if (disk.trouble !== undefined) return { ok: false, problem: disk.trouble } as const;
    log.push(`write ${String(value)}`);
    return { ok: true } as const;
  };
  const journal = { read: () => ({ value: undefined, problem: undefined }), write };
  const kept = new KeptJournal(
    journal,
    () => now,
    ({ level, facts }) => log.push(`${level} ${facts['problem'] ?? ''}`.trim()),
  );
  const decide = (value: string): void => {
    now = value;
    kept.write();
  };
  return { kept, log, decide };
}

it('says nothing of what goes well', () => {
  const { log, decide } = keptOn({ trouble: undefined });
  decide('a');
  decide('b');
  expect(log).toEqual(['write a', 'write b']);
  expect(vi.getTimerCount()).toBe(0);
});

it('says a trouble once, another one too, and that it is over', () => {
  const disk: { trouble: string | undefined } = { trouble: 'full' };
  const { log, decide } = keptOn(disk);
  decide('a');
  decide('b');
  disk.trouble = 'read-only';
  decide('c');
  disk.trouble = undefined;
  decide('d');
  decide('e');
  expect(log).toEqual(['warn full', 'warn read-only', 'write d', 'info', 'write e']);
});

it('writes what is so by then as soon as it can, with no decision in between', () => {
  const disk: { trouble: string | undefined } = { trouble: 'full' };
  const { log, decide } = keptOn(disk);
  decide('a');
  vi.advanceTimersByTime(10 * retryMs);
  decide('b');
  disk.trouble = undefined;
  vi.advanceTimersByTime(retryMs);
  expect(log).toEqual(['warn full', 'write b', 'info']);
  expect(vi.getTimerCount()).toBe(0);
});

it('lets go when it is closed', () => {
  const { kept, decide } = keptOn({ trouble: 'full' });
  decide('a');
  kept.close();
  expect(vi.getTimerCount()).toBe(0);
});
