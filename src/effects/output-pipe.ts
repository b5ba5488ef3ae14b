import { constants, lstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { describeOutcome, exitStatus } from '../model/outcome.ts';
import { runCommand } from './command.ts';

/**
 * So much is read at once, and no more before it was passed on: what a supervisor has read and not written dies with it. It
 * is also what a write to a pipe puts there in one piece. See pipe(7).
 */
export const chunkBytes = 4_096;

const makeMs = 10_000;

/** Makes a pipe that has a name, for our user only, where there is none yet. Returns what went wrong; empty when nothing did. */
export async function makePipe(path: string): Promise<string> {
  if (isPipe(path)) return '';
  // Node has no mkfifo(3).
  const command = ['mkfifo', '-m', '600', path] as const;
  const { outcome } = await runCommand({ command: [...command], timeoutMs: makeMs, output: 'discard' });
  return exitStatus(outcome) === 0 || isPipe(path) ? '' : `mkfifo ${describeOutcome(outcome)}`;
}

export function isPipe(path: string): boolean {
  try {
    return lstatSync(path).isFIFO();
  } catch {
    // What cannot be seen is none.
    return false;
  }
}

/**
 * The end that somebody writes to. Open for reading too, as the one that we read from is for writing: then nobody who holds
 * it ever meets a pipe without a reader, opening it never waits, and there is no end of it to be read.
 */
export const openWriteEnd = (path: string): number => openSync(path, constants.O_RDWR);

/** Is given a chunk, which it may keep, and says when the next may come. */
export type TakeChunk = (chunk: Buffer, taken: () => void) => void;

/** The end that we read from. */
export class OutputPipe {
  readonly #take: TakeChunk;
  readonly #descriptor: number;
  readonly #socket: Socket;
  readonly #buffer = Buffer.alloc(chunkBytes);
  /** Resolves when the chunk that was read last is taken; undefined when it is. */
  #busy: PromiseWithResolvers<undefined> | undefined;

  /** Opens a pipe that is there, and begins to read. */
  constructor(path: string, take: TakeChunk) {
    this.#take = take;
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const callback = (length: number): boolean => this.#read(length);
    const onread = { buffer: this.#buffer, callback };
    this.#socket = new Socket({ fd: this.#descriptor, readable: true, writable: false, onread });
    // What it cannot read is found by the next who tries.
    this.#socket.on('error', () => undefined);
  }

  /** Reads a chunk now, if there is one and the last is taken. Says whether there was one. */
  readNow(): boolean {
    if (this.#busy !== undefined || this.#socket.destroyed) return false;
    try {
      const length = readSync(this.#descriptor, this.#buffer);
      // Until it is taken, nobody else is to read either.
      if (length > 0 && !this.#read(length)) this.#socket.pause();
      return length > 0;
    } catch {
      // EAGAIN: nothing is there.
      return false;
    }
  }

  /** Resolves when all that was written before is taken. */
  async drain(): Promise<void> {
    do await this.#busy?.promise;
    while (this.readNow() || this.#busy !== undefined);
  }

  /** Lets go of it, with whatever is still in it. */
  close(): void {
    this.#socket.destroy();
  }

  /** Returns whether to read on. */
  #read(length: number): boolean {
    const busy = Promise.withResolvers<undefined>();
    this.#busy = busy;
    this.#take(Buffer.from(this.#buffer.subarray(0, length)), () => {
      this.#busy = undefined;
      busy.resolve(undefined);
      if (!this.#socket.destroyed) this.#socket.resume();
    });
    return (this.#busy as unknown) === undefined;
  }
}
