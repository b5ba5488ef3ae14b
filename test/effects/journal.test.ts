import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
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
  expect(readdirSync(directory)).toEqual(['journal.json']);
  expect(statSync(join(directory, 'journal.json')).mode & 0o777).toBe(0o600);
});

it('replaces the file and never writes into it', () => {
  const directory = makeTempDir();
  const journal = createJournal(directory);
  journal.write(1);
  const before = statSync(join(directory, 'journal.json')).ino;
  journal.write(2);
  expect(statSync(join(directory, 'journal.json')).ino).not.toBe(before);
});

it('removes what a killed supervisor left half-written', () => {
  const directory = makeTempDir();
  createJournal(directory).write('whole');
  writeFileSync(join(directory, 'journal.json.draft'), '{"half');
  expect(createJournal(directory).read().value).toBe('whole');
  expect(readdirSync(directory)).toEqual(['journal.json']);
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
  expect(readdirSync(directory)).toEqual(['journal.json']);
});

it('refuses to write what it would refuse to read, and keeps the previous journal', () => {
  const directory = makeTempDir();
  const journal = createJournal(directory);
  journal.write('before');
  expect(journal.write('x'.repeat(journalMaxBytes))).toMatchObject({ ok: false });
  expect(journal.read().value).toBe('before');
});

it('reports that its directory is gone', () => {
  const directory = join(makeTempDir(), 'gone');
  mkdirSync(directory);
  const journal = createJournal(directory);
  rmdirSync(directory);
  expect(journal.write(1)).toMatchObject({ ok: false, problem: expect.stringContaining('ENOENT') as string });
});

it('writes text that people can read', () => {
  const directory = makeTempDir();
  createJournal(directory).write({ a: 1 });
  expect(readFileSync(join(directory, 'journal.json'), 'utf8')).toBe('{"a":1}\n');
});
