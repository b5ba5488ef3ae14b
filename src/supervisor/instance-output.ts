/** What an instance or its trial writes: from its pipe to our own output, line by line. */
import { mkdirSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../effects/clock.ts';
import { createLineSplitter, type Piece } from '../effects/line-splitter.ts';
import { isPipe, makePipe, openWriteEnd, OutputPipe } from '../effects/output-pipe.ts';
import type { OutputSink } from '../effects/output-sink.ts';
import type { OutputMode } from '../model/output.ts';
import type { Report } from './hands.ts';
import { renderPieces, type OutputSource } from './output-line.ts';
import type { RecentOutput } from './recent-output.ts';

/** Whoever reads our output has so long to take the last of it. */
const lastWordsMs = 2_000;

export interface OutputPlace {
  readonly path: string;
  readonly source: OutputSource;
  readonly sink: OutputSink;
  readonly recent: RecentOutput;
}

export class InstanceOutput {
  readonly #mode: OutputMode;
  readonly #place: OutputPlace;
  readonly #report: Report;
  readonly #splitter = createLineSplitter();
  #pipe: OutputPipe | undefined;
  /** Why the last could not be written; said when it changes. */
  #problem = '';
  #waitingSince: Date | undefined;

  /** Reads on from where an earlier supervisor has stopped. */
  constructor(mode: OutputMode, place: OutputPlace, report: Report) {
    this.#mode = mode;
    this.#place = place;
    this.#report = report;
    if (isPipe(place.path)) this.#open();
  }

  /**
   * What is to be the output of a shim that is about to start, for the caller to close; undefined for our own, also where
   * there can be no pipe: a service runs without.
   */
  async openForShim(): Promise<number | undefined> {
    const { path } = this.#place;
    if (this.#mode === 'inherit') {
      await this.#discard();
      return undefined;
    }
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const problem = await makePipe(path);
      if (problem !== '') throw new Error(problem);
      this.#open();
      return openWriteEnd(path);
    } catch (error) {
      const facts = { problem: (error as Error).message };
      this.#report.notice({ level: 'error', message: 'cannot make a pipe for the output of a service', facts });
      return undefined;
    }
  }

  /** Since when what came last waits to be written; undefined while nothing does. */
  get waitingSince(): Date | undefined {
    return this.#waitingSince;
  }

  /** Reads what has come by now, as far as it is passed on at once. */
  readNow(): void {
    this.#pipe?.readNow();
  }

  /** Nobody is left who could go on with the line that was begun. */
  async endLine(): Promise<void> {
    await this.#pipe?.drain();
    await new Promise<void>((resolve) => this.#write(this.#splitter.end(), resolve));
  }

  /** Passes the rest on and lets go of the pipe. */
  async close(): Promise<void> {
    if (this.#pipe === undefined) return;
    await Promise.race([this.endLine(), delay(lastWordsMs, undefined, { ref: false })]);
    this.#pipe.close();
    this.#pipe = undefined;
  }

  #open(): void {
    this.#pipe ??= new OutputPipe(this.#place.path, (chunk, taken) => this.#write(this.#splitter.add(chunk), taken));
  }

  /** Configured since to write where we do: what was there before has ended. */
  async #discard(): Promise<void> {
    if (this.#pipe === undefined) return;
    await this.close();
    unlinkSync(this.#place.path);
  }

  #write(pieces: readonly Piece[], taken: () => void): void {
    if (pieces.length === 0) return taken();
    const texts = pieces.map(({ text }) => text);
    const { recent, sink, source } = this.#place;
    recent.add(texts, monotonicNow());
    const text = renderPieces(this.#mode, source, pieces, new Date().toISOString());
    this.#waitingSince = new Date();
    sink.write(text, (problem) => {
      this.#waitingSince = undefined;
      this.#say(problem);
      taken();
    });
  }

  #say(problem: string): void {
    if (problem !== '' && problem !== this.#problem)
      this.#report.notice({ level: 'warn', message: 'output of a service is lost', facts: { problem } });
    this.#problem = problem;
  }
}
