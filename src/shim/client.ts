import { createConnection, type Socket } from 'node:net';
import {
  formatShimRequest,
  parseShimLine,
  shimLineMaxBytes,
  shimProtocolVersion,
  type ShimAnswer,
  type ShimNews,
  type ShimRequest,
} from './protocol.ts';

/** A connection to one shim. */
export interface ShimClient {
  /** Resolves when the shim has obeyed; rejects with an `Error` whose `code` is an errno's name. */
  request(request: ShimRequest): Promise<void>;
  /** Hangs up, and is done with the shim: `onClosed` is not called for it. */
  close(): void;
}

const failure = (message: string, code: string): Error & { code: string } =>
  Object.assign(new Error(`${message}: ${code}`), { code });

/** Shape: "cannot understand the shim, which speaks version 2 of the protocol: this borginit speaks 1" */
function strangeness(line: string): string {
  const version = /^hello (\d{1,9}) /.exec(line)?.[1];
  if (version === undefined || Number(version) === shimProtocolVersion) return 'cannot understand the shim';
  return `cannot understand the shim, which speaks version ${version} of the protocol and not ${shimProtocolVersion}`;
}

class Connection implements ShimClient {
  readonly #socket: Socket;
  readonly #onNews: (news: ShimNews) => void;
  readonly #unanswered = new Map<number, (errno: string | undefined) => void>();
  #nextId = 1;
  #beginningOfLine = '';
  #given = false;

  constructor(path: string, onNews: (news: ShimNews) => void, onClosed: (cause: Error) => void) {
    let cause: Error = failure(`cannot hear the shim at ${path}`, 'ECONNRESET');
    this.#onNews = onNews;
    this.#socket = createConnection(path)
      .setEncoding('latin1')
      .on('data', (text) => this.#receive(String(text)))
      .on('error', (error) => (cause = error))
      .on('close', () => {
        this.#answerAll('ECONNRESET');
        if (!this.#given) onClosed(cause);
      });
  }

  async request(request: ShimRequest): Promise<void> {
    await Promise.all(formatShimRequest(request).map((line) => this.#ask(line)));
  }

  close(): void {
    this.#given = true;
    this.#socket.destroy();
  }

  #ask(line: string): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const settle = (errno: string | undefined): void => {
        if (errno === undefined) resolve();
        else reject(failure(`cannot ask the shim to ${line}`, errno));
      };
      this.#unanswered.set(id, settle);
      if (this.#socket.writable) this.#socket.write(`${id} ${line}\n`);
      else this.#answer({ kind: 'error', id, errno: 'ENOTCONN' });
    });
  }

  #receive(text: string): void {
    const lines = (this.#beginningOfLine + text).split('\n');
    this.#beginningOfLine = lines.pop() ?? '';
    for (const line of lines) this.#hear(line);
    if (this.#beginningOfLine.length >= shimLineMaxBytes) this.#hear(this.#beginningOfLine);
  }

  /** A shim that says what we do not understand is not one that we could trust to obey. */
  #hear(line: string): void {
    if (this.#socket.destroyed) return;
    const heard = parseShimLine(line);
    if (heard === undefined) this.#socket.destroy(failure(strangeness(line), 'EPROTO'));
    else if (heard.kind === 'ok' || heard.kind === 'error') this.#answer(heard);
    else this.#onNews(heard);
  }

  #answer(answer: ShimAnswer): void {
    const settle = this.#unanswered.get(answer.id);
    this.#unanswered.delete(answer.id);
    settle?.(answer.kind === 'ok' ? undefined : answer.errno);
  }

  #answerAll(errno: string): void {
    for (const settle of this.#unanswered.values()) settle(errno);
    this.#unanswered.clear();
  }
}

/**
 * Connects to the shim that listens at `path`. Resolves when it has said all that is true, and `onNews` has heard it.
 * `onClosed` is called once when the connection ends later, by whatever but our own `close()`.
 *
 * Fails   rejects with an `Error` whose `code` is an errno's name: ENOENT, ECONNREFUSED, ECONNRESET; EPROTO for a
 *         shim that speaks another version
 */
export function connectShim(path: string, onNews: (news: ShimNews) => void, onClosed: () => void): Promise<ShimClient> {
  return new Promise((resolve, reject) => {
    let isReady = false;
    const hear = (news: ShimNews): void => {
      onNews(news);
      if (news.kind !== 'ready') return;
      isReady = true;
      resolve(connection);
    };
    const connection = new Connection(path, hear, (cause) => (isReady ? onClosed() : reject(cause)));
  });
}
