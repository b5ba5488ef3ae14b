import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectShim } from '../../src/shim/client.ts';
import type { ShimNews } from '../../src/shim/protocol.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';

const greeting = 'hello 1 12 345\nmain running 13 346\nready\n';

let dir: TempDir;
let server: Server;
let path: string;
/** What the shim at the other end received, and the socket to answer by. */
let received: string[];
let shim: Socket;
let onConnection: (socket: Socket) => void;

beforeEach(async () => {
  dir = await tempDir();
  path = join(dir.path, 'shim.sock');
  received = [];
  onConnection = (socket) => socket.write(greeting);
  server = createServer((socket) => {
    shim = socket;
    socket.setEncoding('latin1').on('data', (text) => received.push(...String(text).trimEnd().split('\n')));
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(path);
  await once(server, 'listening');
});

afterEach(async () => {
  shim.destroy();
  server.close();
  await dir[Symbol.asyncDispose]();
});

const quiet = { news: () => undefined, closed: () => undefined };

it('resolves after the greeting, all of which has been passed on', async () => {
  const news: ShimNews[] = [];
  const client = await connectShim(path, (heard) => news.push(heard), quiet.closed);
  expect(news.map(({ kind }) => kind)).toEqual(['hello', 'main-running', 'ready']);
  client.close();
});

it('puts lines together from pieces', async () => {
  onConnection = (socket) => {
    for (let at = 0; at < greeting.length; at += 7) setImmediate(() => socket.write(greeting.slice(at, at + 7)));
  };
  const client = await connectShim(path, quiet.news, quiet.closed);
  client.close();
});

it('resolves a request by its own answer, in whatever order these come', async () => {
  const client = await connectShim(path, quiet.news, quiet.closed);
  const order: string[] = [];
  const thaw = client.request({ kind: 'thaw' }).then(() => order.push('thaw'));
  const end = client.request({ kind: 'end' }).catch((error: unknown) => order.push(String(error)));
  await vi.waitUntil(() => received.length === 2);
  expect(received).toEqual(['1 thaw', '2 end']);
  shim.write('error 2 EBUSY\nok 1\n');
  await Promise.all([thaw, end]);
  expect(order).toEqual(['Error: cannot ask the shim to end: EBUSY', 'thaw']);
  client.close();
});

it('rejects a request with the name of the errno as its code', async () => {
  const client = await connectShim(path, quiet.news, quiet.closed);
  const request = client.request({ kind: 'end' });
  await vi.waitUntil(() => received.length === 1);
  shim.write('error 1 EBUSY\n');
  await expect(request).rejects.toMatchObject({ code: 'EBUSY' });
  client.close();
});

it('resolves a request that needs no line at once', async () => {
  const client = await connectShim(path, quiet.news, quiet.closed);
  await client.request({ kind: 'freeze', forMs: 100, processes: [] });
  expect(received).toEqual([]);
  client.close();
});

it('passes on news that come later', async () => {
  const news: ShimNews[] = [];
  const client = await connectShim(path, (heard) => news.push(heard), quiet.closed);
  shim.write('gone 14 347\n');
  await vi.waitUntil(() => news.length === 4);
  expect(news[3]).toEqual({ kind: 'gone', process: { pid: 14, startTicks: 347 } });
  client.close();
});

it('tells of the end of the connection once, and fails what is unanswered and what is asked afterwards', async () => {
  const closed = vi.fn();
  const client = await connectShim(path, quiet.news, closed);
  const request = client.request({ kind: 'thaw' });
  await vi.waitUntil(() => received.length === 1);
  shim.destroy();
  await expect(request).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(client.request({ kind: 'thaw' })).rejects.toMatchObject({ code: 'ENOTCONN' });
  expect(closed).toHaveBeenCalledTimes(1);
});

it('does not tell of an end that was its own', async () => {
  const closed = vi.fn();
  const client = await connectShim(path, quiet.news, closed);
  const request = client.request({ kind: 'thaw' });
  client.close();
  await expect(request).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(closed).not.toHaveBeenCalled();
});

it.each([
  { what: 'nobody listens', path: () => join(dir.path, 'nobody'), says: '', code: 'ENOENT' },
  { what: 'the shim hangs up before it is ready', path: () => path, says: 'hello 1 12 345\n', code: 'ECONNRESET' },
  { what: 'the shim speaks another version', path: () => path, says: 'hello 2 12 345\n', code: 'EPROTO' },
  { what: 'the shim never ends its line', path: () => path, says: 'x'.repeat(5000), code: 'EPROTO' },
])('rejects with $code when $what', async ({ path, says, code }) => {
  onConnection = (socket) => socket.end(says);
  await expect(connectShim(path(), quiet.news, quiet.closed)).rejects.toMatchObject({ code });
});

it('hangs up on a shim that says what no shim says', async () => {
  const closed = vi.fn();
  await connectShim(path, quiet.news, closed);
  shim.write('hullo\nmain running 14 347\n');
  await vi.waitUntil(() => closed.mock.calls.length === 1);
});
