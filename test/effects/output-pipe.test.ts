import { closeSync, constants, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  chunkBytes,
  isPipe,
  makePipe,
  openWriteEnd,
  OutputPipe,
  type TakeChunk,
} from '../../src/effects/output-pipe.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';
import { until } from '../rig/until.ts';

const newPath = (): string => join(makeTempDir(), 'output');

async function openPipe(take: TakeChunk) {
  const path = newPath();
  expect(await makePipe(path)).toBe('');
  const pipe = new OutputPipe(path, take);
  const writer = openWriteEnd(path);
  onTestFinished(() => {
    pipe.close();
    closeSync(writer);
  });
  return { path, pipe, write: (text: string) => writeSync(writer, text), writer };
}

/** Keeps what it is given, and takes it when it is told to. */
function holding() {
  const chunks: string[] = [];
  let release: (() => void) | undefined;
  const take: TakeChunk = (chunk, taken) => {
    chunks.push(chunk.toString());
    release = taken;
  };
  return { chunks, take, release: () => release?.() };
}

describe('making a pipe', () => {
  it('makes one for us alone, and takes one that is there', async () => {
    const path = newPath();
    expect(isPipe(path)).toBe(false);
    expect(await makePipe(path)).toBe('');
    const { ino, mode } = statSync(path);
    expect([isPipe(path), mode & 0o777]).toEqual([true, 0o600]);
    expect(await makePipe(path)).toBe('');
    expect(statSync(path).ino).toBe(ino);
  });

  it('says why it cannot', async () => {
    expect(await makePipe('/absent/output')).toBe('mkfifo exited with 1');
    const taken = newPath();
    writeFileSync(taken, 'a file');
    expect(await makePipe(taken)).toBe('mkfifo exited with 1');
    expect(readFileSync(taken, 'utf8')).toBe('a file');
  });
});

describe('a pipe', () => {
  it('is read as it is written to, and has no end when its writer has gone', async () => {
    const chunks: string[] = [];
    const { path, write } = await openPipe((chunk, taken) => {
      chunks.push(chunk.toString());
      taken();
    });
    write('a\n');
    await until(() => chunks.join('') === 'a\n', 'what was written');
    for (const text of ['b\n', 'c\n']) {
      const other = openSync(path, constants.O_WRONLY);
      writeSync(other, text);
      closeSync(other);
    }
    await until(() => chunks.join('') === 'a\nb\nc\n', 'the rest');
  });

  it('gives no chunk before the last is taken', async () => {
    const { chunks, take, release } = holding();
    const { pipe, write } = await openPipe(take);
    write('x'.repeat(3 * chunkBytes));
    await until(() => chunks.length === 1, 'the first chunk');
    expect(pipe.readNow()).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunks).toEqual(['x'.repeat(chunkBytes)]);
    release();
    await until(() => chunks.length === 2, 'the second');
    release();
    await until(() => chunks.length === 3, 'the third');
    release();
    expect(pipe.readNow()).toBe(false);
  });

  it('can be read at once', async () => {
    const { chunks, take } = holding();
    const { pipe, write } = await openPipe(take);
    write('a\n');
    expect(pipe.readNow()).toBe(true);
    expect(chunks).toEqual(['a\n']);
  });

  it('is drained when all that was in it is taken', async () => {
    const { chunks, take, release } = holding();
    const { pipe, write } = await openPipe(take);
    write('x'.repeat(chunkBytes + 1));
    let isDrained = false;
    const drained = pipe.drain().then(() => (isDrained = true));
    await until(() => chunks.length === 1, 'the first chunk');
    release();
    await until(() => chunks.length === 2, 'the second');
    expect(isDrained).toBe(false);
    release();
    await drained;
    await pipe.drain();
  });

  it('keeps for the next who opens it what was not read', async () => {
    const first = holding();
    const { path, pipe, write } = await openPipe(first.take);
    write('x'.repeat(chunkBytes));
    await until(() => first.chunks.length === 1, 'the first chunk');
    write('more\n');
    pipe.close();
    const second = holding();
    const next = new OutputPipe(path, second.take);
    onTestFinished(() => next.close());
    await until(() => second.chunks.length === 1, 'the rest');
    expect(second.chunks).toEqual(['more\n']);
    expect(pipe.readNow()).toBe(false);
  });
});
