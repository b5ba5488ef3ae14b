/** A client of FastCGI, for asking php-fpm as a web server does, with a connection of its own for each request. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

/** The one page there is; its query says how slow it is to be. */
export const frontScript = join(import.meta.dirname, '../fixtures/servers/php-fpm/front.php');

/** What one GET is answered with. */
export interface CgiAnswer {
  readonly status: number;
  readonly revision: string;
  readonly body: string;
}

const kinds = { beginRequest: 1, endRequest: 3, params: 4, stdin: 5, stdout: 6 };
const headerBytes = 8;
/** The role of a responder, and no flags: the server closes the connection. */
const beginBody = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);

/**
 * Sends one GET to "127.0.0.1:9000" or to a socket's path.
 *
 * Fails   with the system's error, or where the connection ends before the answer does
 */
export async function askFastCgi(address: string, target: string, signal: AbortSignal): Promise<CgiAnswer> {
  const [, host, port] = /^([\d.]+):(\d+)$/.exec(address) ?? [];
  const socket = host === undefined ? connect(address) : connect(Number(port), host);
  const kill = (): void => void socket.destroy(new Error('no whole answer in time'));
  signal.addEventListener('abort', kill);
  try {
    const received: Buffer[] = [];
    socket.on('data', (bytes) => received.push(bytes));
    socket.write(requestOf(target));
    await once(socket, 'close');
    return parseAnswer(Buffer.concat(received));
  } finally {
    signal.removeEventListener('abort', kill);
    socket.destroy();
  }
}

function requestOf(target: string): Buffer {
  const { search } = new URL(target, 'http://localhost');
  const params = {
    ...{ REQUEST_METHOD: 'GET', SCRIPT_NAME: '/front.php', SCRIPT_FILENAME: frontScript },
    QUERY_STRING: search.slice(1),
  };
  const pairs = Object.entries(params).flatMap(([name, value]) => [
    Buffer.from([name.length]),
    lengthOf(value),
    Buffer.from(name + value),
  ]);
  return Buffer.concat([
    record(kinds.beginRequest, beginBody),
    record(kinds.params, Buffer.concat(pairs)),
    record(kinds.params),
    record(kinds.stdin),
  ]);
}

/** In four bytes, whatever it is. */
function lengthOf(value: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((2 ** 31 + value.length) >>> 0);
  return bytes;
}

function record(kind: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.from([1, kind, 0, 1, 0, 0, 0, 0]);
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function parseAnswer(bytes: Buffer): CgiAnswer {
  let printed = '';
  let isWhole = false;
  for (let at = 0; at + headerBytes <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 4);
    const end = at + headerBytes + length;
    if (bytes[at + 1] === kinds.stdout) printed += bytes.toString('utf8', at + headerBytes, end);
    isWhole ||= bytes[at + 1] === kinds.endRequest;
    at = end + (bytes[at + 6] ?? 0);
  }
  if (!isWhole) throw Object.assign(new Error('the connection ended before the answer'), { code: 'CUT' });
  const [head = '', ...body] = printed.replaceAll('\r', '').split('\n\n');
  return {
    // Without a status line, a CGI answer is well.
    status: Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200),
    revision: /^X-Revision: (\S+)/m.exec(head)?.[1] ?? 'none',
    body: body.join('\n\n'),
  };
}
