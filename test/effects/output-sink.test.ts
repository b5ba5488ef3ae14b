import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createOutputSink, type OutputSink } from '../../src/effects/output-sink.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

function open(path: string, flags: number | string): number {
  const descriptor = openSync(path, flags);
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

function makePipe(): string {
  const path = join(makeTempDir(), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

const write = (sink: OutputSink, text: string): Promise<string> =>
  new Promise((resolve) => sink.write(text, (problem) => resolve(problem)));

/** Reads so many bytes of it, in chunks as small as they come. */
function read(descriptor: number, length: number): string {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) at += readSync(descriptor, bytes, at, length - at, null);
  return bytes.toString();
}

it('appends to a file', async () => {
  const path = join(makeTempDir(), 'file');
  const sink = createOutputSink(open(path, 'w'));
  expect([await write(sink, 'ä\n'), await write(sink, 'b\n')]).toEqual(['', '']);
  expect(readFileSync(path, 'utf8')).toBe('ä\nb\n');
});

it('says that a disk is full', async () => {
  expect(await write(createOutputSink(open('/dev/full', 'w')), 'a\n')).toBe('ENOSPC');
});

it('writes to a pipe in the same breath', () => {
  const path = makePipe();
  const reader = open(path, constants.O_RDWR);
  const sink = createOutputSink(open(path, constants.O_WRONLY));
  sink.write('a\n', () => undefined);
  expect(read(reader, 2)).toBe('a\n');
});

it('waits for room in a pipe, and holds nobody up', async () => {
  const path = makePipe();
  const reader = open(path, constants.O_RDWR);
  const sink = createOutputSink(open(path, constants.O_WRONLY));
  const text = `${'x'.repeat(99_999)}\n`;
  let taken = false;
  const written = write(sink, text).finally(() => (taken = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBe(false);
  // More than it holds; what is waited for is written as room is made.
  let got = read(reader, 65_536);
  await new Promise((resolve) => setImmediate(resolve));
  got += read(reader, text.length - got.length);
  expect(await written).toBe('');
  expect(got).toBe(text);
});

it('loses what nobody will read, says so, and writes again when somebody reads', async () => {
  const path = makePipe();
  const first = openSync(path, constants.O_RDWR);
  const descriptor = open(path, constants.O_WRONLY);
  const sink = createOutputSink(descriptor);
  expect(await write(sink, 'a\n')).toBe('');
  expect(read(first, 2)).toBe('a\n');
  closeSync(first);
  expect(await write(sink, 'b\n')).toBe('EPIPE');
  expect(await write(sink, 'c\n')).toBe('ENXIO');
  const second = open(path, constants.O_RDWR);
  expect(await write(sink, 'd\n')).toBe('');
  expect(read(second, 2)).toBe('d\n');
});
