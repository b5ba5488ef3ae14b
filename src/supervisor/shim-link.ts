/** The line to one instance's shim: what it says becomes facts, and what it is asked for may come too late. */
import { setTimeout as delay } from 'node:timers/promises';
import type { MainFact } from '../model/event.ts';
import type { ProcessRef } from '../model/process.ts';
import { connectShim, type ShimClient } from '../shim/client.ts';
import type { ShimNews, ShimRequest } from '../shim/protocol.ts';
import type { Report } from './hands.ts';

/** An empty shim leaves within milliseconds of being told to. */
const leaveMs = 5_000;

type Connection =
  | { readonly kind: 'none' }
  /** The shim is telling what is true already. */
  | { readonly kind: 'greeting'; shim?: ProcessRef; main?: MainFact; second?: ProcessRef; empty: boolean }
  | { readonly kind: 'open'; readonly client: ShimClient; readonly shim: ProcessRef }
  /** It was told to leave. */
  | { readonly kind: 'ending'; readonly client: ShimClient };

export class ShimLink {
  readonly #path: string;
  readonly #report: Report;
  readonly #lost: (shim: ProcessRef) => void;
  #connection: Connection = { kind: 'none' };
  #released = Promise.withResolvers<undefined>();

  /** `lost` is told of a shim that has hung up without having been told to leave. */
  constructor(path: string, report: Report, lost: (shim: ProcessRef) => void) {
    this.#path = path;
    this.#report = report;
    this.#lost = lost;
    this.#released.resolve(undefined);
  }

  /** The shim at the other end; undefined while there is none. */
  get shim(): ProcessRef | undefined {
    return this.#connection.kind === 'open' ? this.#connection.shim : undefined;
  }

  /** Resolves with whether a shim answers; what it has to say was reported then. */
  async connect(): Promise<boolean> {
    const greeting: Extract<Connection, { kind: 'greeting' }> = { kind: 'greeting', empty: false };
    this.#connection = greeting;
    try {
      const client = await connectShim(
        this.#path,
        (news) => this.#hear(news),
        () => this.#closed(),
      );
      const { shim, main, second, empty } = greeting;
      if (shim === undefined || main === undefined) throw new Error('the shim did not say who it is');
      this.#connection = { kind: 'open', client, shim };
      this.#report.fact({ kind: 'shim-found', shim, main, empty, second });
      return true;
    } catch (error) {
      // Nobody listens there, or not for long enough: that is the answer.
      this.#connection = { kind: 'none' };
      if (codeOf(error) === 'EPROTO')
        this.#report.notice({ level: 'error', message: 'a shim cannot be met', facts: { problem: messageOf(error) } });
      return false;
    }
  }

  /**
   * Asks the shim for something that may have become impossible: a process that has ended cannot be signalled. Resolves
   * with whether it was done.
   */
  async request(request: ShimRequest): Promise<boolean> {
    const done = this.#send(request).then(() => true);
    return done.catch((error: unknown) => {
      // Whom it was for has ended, or the shim has, which is news of its own.
      if (codeOf(error) === 'ESRCH' || this.#connection.kind !== 'open') return false;
      this.#report.notice({
        level: 'warn',
        message: 'the shim refused',
        facts: { request: request.kind, code: codeOf(error) },
      });
      return false;
    });
  }

  /** Asks something about a process; where that has ended, this is the answer. */
  async ask(kind: 'watch' | 'heir', process: ProcessRef): Promise<void> {
    await this.#send({ kind, process }).catch((error: unknown) => {
      if (codeOf(error) === 'ESRCH') this.#report.fact({ kind: 'process-gone', process });
    });
  }

  /** Tells the empty shim to leave. */
  async end(): Promise<void> {
    if (this.#connection.kind !== 'open') return;
    const { client } = this.#connection;
    this.#released = Promise.withResolvers();
    this.#connection = { kind: 'ending', client };
    await client.request({ kind: 'end' }).catch(() => {
      client.close();
      this.#closed();
    });
  }

  /** Resolves when the shim that was told to leave has left. */
  released(): Promise<undefined> {
    return this.#released.promise;
  }

  /** Hangs up. A shim that was told to leave is awaited: one that is hung up on before it has read that would stay. */
  async close(): Promise<void> {
    if (this.#connection.kind === 'ending')
      await Promise.race([this.#released.promise, delay(leaveMs, undefined, { ref: false })]);
    const connection = this.#connection;
    this.#connection = { kind: 'none' };
    if (connection.kind === 'open' || connection.kind === 'ending') connection.client.close();
    this.#released.resolve(undefined);
  }

  async #send(request: ShimRequest): Promise<void> {
    if (this.#connection.kind !== 'open') return;
    await this.#connection.client.request(request);
  }

  #hear(news: ShimNews): void {
    const greeting = this.#connection.kind === 'greeting' ? this.#connection : undefined;
    switch (news.kind) {
      case 'hello':
        if (greeting !== undefined) greeting.shim = news.shim;
        break;
      case 'main-running':
        if (greeting !== undefined) greeting.main = { kind: 'running', process: news.process };
        else this.#report.fact({ kind: 'main-succeeded', process: news.process });
        break;
      case 'main-ended':
        if (greeting !== undefined) greeting.main = { ...news, kind: 'ended' };
        else this.#report.fact(news);
        break;
      case 'second-running':
        if (greeting !== undefined) greeting.second = news.process;
        else this.#report.fact({ kind: 'second-started', process: news.process });
        break;
      case 'second-ended':
        this.#report.fact({ ...news, kind: 'process-gone' });
        break;
      case 'gone':
        this.#report.fact({ kind: 'process-gone', process: news.process });
        break;
      case 'empty':
        if (greeting !== undefined) greeting.empty = true;
        else this.#report.fact({ kind: 'emptied' });
        break;
      case 'ready':
        break;
    }
  }

  #closed(): void {
    const before = this.#connection;
    this.#connection = { kind: 'none' };
    if (before.kind === 'open') this.#lost(before.shim);
    this.#released.resolve(undefined);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
