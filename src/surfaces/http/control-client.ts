import { connect } from 'node:net';

import { BorginitError, errors, type ErrorCode } from '../../model/errors.ts';

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface CallOptions {
  /** How long to wait for the answer; without it, for as long as the connection lives. */
  readonly timeoutMs?: number;
}

/** Far more than any snapshot: a limit on a mistake, not on a service. */
const answerMaxBytes = 16 * 1024 * 1024;

/**
 * Asks the supervisor behind a control socket.
 *
 * Fails   CONTROL_UNREACHABLE when nobody answers, or not with JSON; an error answer is thrown under its own code
 */
export async function callControl(
  path: string,
  method: 'GET' | 'POST',
  route: string,
  body?: unknown,
  { timeoutMs }: CallOptions = {},
): Promise<ControlAnswer> {
  const { status, text } = await exchange(path, renderRequest(method, route, body), timeoutMs)
    .then(parseResponse)
    .catch((error: unknown) => {
      throw unreachable(path, error instanceof Error ? describe(error) : String(error), error);
    });
  const answer = parse(path, text);
  const failed = errorIn(answer);
  if (failed !== undefined) throw failed;
  return { status, body: answer };
}

/**
 * Sends the request and reads until the server hangs up, as it does after each answer. By hand, because a health check
 * asks every few seconds and loading `node:http` costs more than all the rest of it.
 */
function exchange(path: string, request: string, timeoutMs: number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const socket = connect(path);
    const deadline =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => socket.destroy(new Error('it does not answer in time')), timeoutMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > answerMaxBytes) socket.destroy(new Error('its answer is too long'));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks));
    });
    socket.write(request);
  });
}

function renderRequest(method: string, route: string, body: unknown): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${route} HTTP/1.1`,
    // Its host is of no use to the server, but HTTP 1.1 wants one.
    'host: borginit',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

/** Takes an answer of our own server apart, which always states its length. */
function parseResponse(bytes: Buffer): { readonly status: number; readonly text: string } {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, Math.max(end, 0)).toString('latin1');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  const length = /\r\ncontent-length: (\d{1,9})(\r\n|$)/i.exec(head)?.[1];
  if (status === undefined || length === undefined) throw new Error('it does not speak HTTP');
  const text = bytes.subarray(end + 4);
  if (text.length !== Number(length)) throw new Error('its answer breaks off');
  return { status: Number(status), text: text.toString('utf8') };
}

function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'EACCES') return 'permission denied';
  return error.message;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreachable(path, 'its answer is not JSON', error);
  }
}

/** The BorginitError that an answer carries, if it carries one. */
function errorIn(answer: unknown): BorginitError | undefined {
  const { error } = (answer ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (error === undefined) return undefined;
  const code = typeof error.code === 'string' && Object.hasOwn(errors, error.code) ? error.code : 'INTERNAL';
  return new BorginitError(code as ErrorCode, String(error.message));
}

const unreachable = (path: string, reason: string, cause: unknown): BorginitError =>
  new BorginitError('CONTROL_UNREACHABLE', `cannot reach borginit at ${path}: ${reason}`, { cause });
