import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createJournal, journalMaxBytes } from '../../src/effects/journal.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

it('reads nothing, and no problem, where there is no journal', () => {
  expect(createJournal(makeTempDir()).read()).toEqual({ value: undefined, problem: undefined });
});

it('reads what was written last, in another life too', () => {
  const directory = makeTempDir();
  createJournal(directory).write({ version: 1, text: 'a'.repeat(100_000) });
  expect(createJournal(directory).write({ version: 2, text: 'grüße' })).toEqual({ ok: true });
  expect(createJournal(directory).read()).toEqual({ value: { version: 2, text: 'grüße' }, problem: undefined });
  expect(readdirSync(directory)).toEqual(['journal.json', 'journal.json.draft']);
  expect(statSync(join(directory, 'journal.json')).mode & 0o777).toBe(0o600);
});

it('replaces the file and never writes into it, but takes turns with another one, neither of which shrinks', () => {
  const directory = makeTempDir();
  const journal = createJournal(directory);
  const written = (text: string) => {
    expect(journal.write(text)).toEqual({ ok: true });
    expect(journal.read().value).toBe(text);
    const { ino, size } = statSync(join(directory, 'journal.json'));
    return { ino, size };
  };
  const [first, second] = [written('a'.repeat(9_000)), written('b'.repeat(9_000))];
  expect(second).toEqual({ ino: expect.any(Number) as number, size: first.size });
  expect(second.ino).not.toBe(first.ino);
  expect([written('c'), written('d'.repeat(15_000)), written('e')]).toEqual([first, second, first]);
});

/** What a supervisor leaves that is killed between two of a write's steps: half a draft, a second name, none yet. */
const leftovers: readonly { readonly state: string; readonly leave: (file: string) => void }[] = [
  { state: 'half a draft', leave: (file) => writeFileSync(`${file}.draft`, '{"half') },
  {
    state: 'a draft, and a second name for the journal',
    leave: (file) => {
      writeFileSync(`${file}.draft`, '"next"\n');
      linkSync(file, `${file}.spare`);
    },
  },
  { state: 'the one before, set aside', leave: (file) => renameSync(`${file}.draft`, `${file}.spare`) },
  {
    state: 'a draft that is another name of the journal',
    leave: (file) => {
      rmSync(`${file}.draft`);
      linkSync(file, `${file}.draft`);
    },
  },
  {
    state: 'a draft of somebody else',
    leave: (file) => writeFileSync(`${file}.draft`, ' '.repeat(journalMaxBytes + 1)),
  },
];

it.each(leftovers)('goes on from $state', ({ leave }) => {
  const directory = makeTempDir();
  const file = join(directory, 'journal.json');
  const before = createJournal(directory);
  before.write('last but one');
  before.write('last');
  leave(file);
  const { ino } = statSync(file);
  const after = createJournal(directory);
  expect(after.read().value).toBe('last');
  expect(after.write('first')).toEqual({ ok: true });
  expect(after.read().value).toBe('first');
  expect(statSync(file).ino).not.toBe(ino);
  expect(after.write('second')).toEqual({ ok: true });
  expect(after.read().value).toBe('second');
  expect(readdirSync(directory)).toEqual(['journal.json', 'journal.json.draft']);
});

it.each([
  { content: '{"cut', reason: 'it is not JSON' },
  { content: '', reason: 'it is not JSON' },
  { content: '\0\0\0', reason: 'it is not JSON' },
  { content: ' '.repeat(journalMaxBytes + 1), reason: `it is longer than ${journalMaxBytes} bytes` },
])('says of a damaged journal: $reason', ({ content, reason }) => {
  const directory = makeTempDir();
  const file = join(directory, 'journal.json');
  writeFileSync(file, content);
  expect(createJournal(directory).read()).toEqual({ value: undefined, problem: `cannot read ${file}: ${reason}` });
});

it('says of a directory in its place what it is, and that it cannot be replaced', () => {
  const directory = makeTempDir();
  const file = join(directory, 'journal.json');
  mkdirSync(file);
  const journal = createJournal(directory);
  expect(journal.read().problem).toBe(`cannot read ${file}: it is not a regular file`);
  expect(journal.write(1)).toMatchObject({
    ok: false,
    problem: expect.stringContaining(`cannot write ${file}: E`) as string,
  });
  expect(readdirSync(directory)).toEqual(['journal.json', 'journal.json.draft']);
});

it('refuses to write what it would refuse to read, and keeps the previous journal', () => {
  const directory = makeTempDir();
  const journal = createJournal(directory);
  journal.write('before');
  expect(journal.write('x'.repeat(journalMaxBytes))).toMatchObject({ ok: false });
  expect(journal.read().value).toBe('before');
});

it('makes its directory again where that was removed, and says where that cannot be', () => {
  const parent = join(makeTempDir(), 'parent');
  const directory = join(parent, 'run');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const journal = createJournal(directory);
  rmSync(directory, { recursive: true });
  expect(journal.write(1)).toEqual({ ok: true });
  expect(journal.read().value).toBe(1);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  rmSync(parent, { recursive: true });
  const problem = `cannot write ${join(directory, 'journal.json')}: its parent directory does not exist`;
  expect(journal.write(2)).toEqual({ ok: false, problem });
});

it('writes text that people can read, with room to spare after it', () => {
  const directory = makeTempDir();
  createJournal(directory).write({ a: 1 });
  expect(readFileSync(join(directory, 'journal.json'), 'utf8')).toMatch(/^\{"a":1\}\n +\n$/);
});
