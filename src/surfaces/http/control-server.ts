import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Supervisor } from '../../supervisor/api.ts';
import { claimSocket } from './exclusive-socket.ts';
import { keepOpen, type Opened } from './kept-socket.ts';
import { answer, failure, type Answer, type StartUpgrade } from './routes.ts';

/** An import of its names would have Node load all of them, WebSocket's 10 MB of fetch among them. */
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

/** How much of a request's body is read before it is refused. */
export const bodyMaxBytes = 64 * 1024;

export interface ControlOptions {
  /** How long a client may take to send its request, and again to take the answer. */
  readonly patienceMs?: number;
  /** Refused unless given. */
  readonly upgrade?: StartUpgrade;
}

/**
 * Serves the control API on a Unix socket that only this user can open. Each connection carries one request, so that
 * nothing has to be remembered about a client, and a bad one is simply cut off. A socket that somebody removes is
 * made again.
 *
 * Fails   CONTROL_IN_USE, RUN_DIR_UNUSABLE
 */
export const serveControl = (supervisor: Supervisor, path: string, options: ControlOptions = {}): Promise<Opened> =>
  keepOpen(path, () => listenAt(supervisor, path, options));

async function listenAt(
  supervisor: Supervisor,
  path: string,
  { patienceMs = 10_000, upgrade }: ControlOptions,
): Promise<Opened> {
  const server = createServer({ maxHeaderSize: 8_192, connectionsCheckingInterval: never });
  // The deadlines are ours: Node's own need a timer that wakes an idle process for ever.
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.maxRequestsPerSocket = 1;
  server.maxConnections = 128;
  server.on('connection', (socket: Socket) => limit(socket, patienceMs));
  server.on('request', (request, response) => {
    void serve(supervisor, request, response, { patienceMs, upgrade });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket));
  const giveBack = await claimSocket(server, path);
  // A failed accept (no descriptors left, say) concerns the client that it would have been.
  server.on('error', () => undefined);
  return { close: () => close(server, giveBack) };
}

/** The longest interval that a timer takes. */
const never = 2 ** 31 - 1;

const deadlines = new WeakMap<Socket, NodeJS.Timeout>();

/** Cuts the connection off at the deadline; a new one replaces the last. */
function limit(socket: Socket, patienceMs: number): void {
  unlimit(socket);
  deadlines.set(
    socket,
    setTimeout(() => socket.destroy(), patienceMs),
  );
  socket.once('close', () => unlimit(socket));
}

const unlimit = (socket: Socket): void => clearTimeout(deadlines.get(socket));

async function serve(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
  { patienceMs, upgrade }: { readonly patienceMs: number; readonly upgrade: StartUpgrade | undefined },
): Promise<void> {
  const { socket, method = '', url = '' } = request;
  response.on('error', () => undefined);
  const body = await readBody(request);
  if (body === undefined) return;
  // An operation takes as long as it takes.
  unlimit(socket);
  const given =
    body === tooLong
      ? failure(413, 'USAGE', `cannot read request: its body is longer than ${bodyMaxBytes} bytes`)
      : await answer(supervisor, method, url, body, upgrade);
  if (socket.destroyed) return;
  limit(socket, patienceMs);
  write(response, given);
}

const tooLong = Symbol('too long');

/** The whole body, or that it is too long; undefined when the client went away. */
function readBody(request: IncomingMessage): Promise<string | typeof tooLong | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bodyMaxBytes) return void chunks.push(chunk);
      // What else it sends is thrown away, until the deadline, so that it gets to read why.
      chunks.length = 0;
      resolve(tooLong);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

function write(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const text = `${JSON.stringify(failure(status, 'USAGE', 'cannot read request: it is not HTTP').body)}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/** How long an answer that is being written may still take when the server closes. */
const closeWaitMs = 500;

async function close(server: Server, giveBack: () => Promise<void>): Promise<void> {
  await giveBack();
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), closeWaitMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
