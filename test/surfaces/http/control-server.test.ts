import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { bodyMaxBytes, serveControl } from '../../../src/surfaces/http/control-server.ts';
import type { Supervisor } from '../../../src/supervisor/api.ts';
import { fakeSupervisor } from '../sample.ts';
import { tempDir } from '../temp-dir.ts';

async function served(changes: Partial<Supervisor> = {}, patienceMs = 10_000) {
  const path = join(tempDir(), 'control.sock');
  const control = await serveControl(fakeSupervisor(changes), path, { patienceMs });
  onTestFinished(() => control.close());
  return { path, control };
}

/** A promise, and what resolves it. */
function deferred<T>(): [Promise<T>, (value: T) => void] {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((given) => (resolve = given));
  return [promise, resolve];
}

/** Sends bytes, and collects what comes back until the server hangs up. */
function talk(path: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    connect(path)
      .on('data', (data) => (heard += data.toString()))
      .on('error', () => undefined)
      .on('close', () => resolve(heard))
      .write(bytes);
  });
}

const get = (route: string): string => `GET ${route} HTTP/1.1\r\nhost: x\r\n\r\n`;

const statusOf = (heard: string): string => heard.slice(0, 'HTTP/1.1 200'.length);

describe('the control server', () => {
  it('answers in JSON of a stated length, and hangs up', async () => {
    const { path } = await served();
    const heard = await talk(path, get('/v1/status'));
    expect(statusOf(heard)).toBe('HTTP/1.1 200');
    expect(heard).toMatch(/^content-type: application\/json/m);
    expect(heard).toMatch(/^content-length: \d+\r$/m);
    expect(heard).toMatch(/^connection: close\r$/m);
  });

  it.each([
    { what: 'that is no HTTP', bytes: 'hello\r\n\r\n', status: 400 },
    { what: 'of binary', bytes: '\x00\xff\x01\r\n\r\n', status: 400 },
    { what: 'without a host', bytes: 'GET /v1/status HTTP/1.1\r\n\r\n', status: 400 },
    {
      what: 'of two lengths',
      bytes: 'POST /v1/operations HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
      status: 400,
    },
    {
      what: 'with headers too large',
      bytes: `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
    {
      what: 'with a broken chunk',
      bytes: 'POST /v1/operations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      status: 400,
    },
  ])('answers a request $what with $status', async ({ bytes, status }) => {
    const { path } = await served();
    expect(statusOf(await talk(path, bytes))).toBe(`HTTP/1.1 ${status}`);
    expect(statusOf(await talk(path, get('/v1/status')))).toBe('HTTP/1.1 200');
  });

  it.each([
    { length: bodyMaxBytes, status: 400 },
    { length: bodyMaxBytes + 1, status: 413 },
    { length: 20 * bodyMaxBytes, status: 413 },
  ])('answers a body of $length bytes with $status', async ({ length, status }) => {
    const { path } = await served();
    const head = `POST /v1/operations HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
    expect(statusOf(await talk(path, head + ' '.repeat(length)))).toBe(`HTTP/1.1 ${status}`);
  });

  it('asks the supervisor once for a connection, however many requests it carries', async () => {
    let asked = 0;
    const { path } = await served({
      history: () => {
        asked += 1;
        return [];
      },
    });
    await talk(path, get('/v1/history').repeat(50));
    expect(asked).toBe(1);
  });

  it.each([
    { what: 'says nothing', bytes: '' },
    { what: 'never finishes its headers', bytes: 'GET / HTTP/1.1\r\nhost: x\r\nx: ' },
    { what: 'never finishes its body', bytes: 'POST /v1/operations HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{' },
  ])('cuts off a client that $what', async ({ bytes }) => {
    const { path } = await served({}, 50);
    expect(await talk(path, bytes)).toBe('');
  });

  it('waits for an operation longer than for a client', async () => {
    const [operation, end] = deferred<readonly []>();
    const [begun, begin] = deferred<undefined>();
    const request = () => {
      begin(undefined);
      return operation;
    };
    const { path } = await served({ request }, 50);
    const body = '{"kind":"reload"}';
    const head = `POST /v1/operations HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answered = talk(path, head + body);
    await begun;
    // Cut off after the same patience: by then the operation's client has had its whole.
    await talk(path, '');
    end([]);
    expect(statusOf(await answered)).toBe('HTTP/1.1 200');
  });

  it('survives a client that leaves while its operation runs', async () => {
    const [operation, end] = deferred<readonly []>();
    const [begun, begin] = deferred<undefined>();
    const request = () => {
      begin(undefined);
      return operation;
    };
    const { path } = await served({ request });
    const body = '{"kind":"reload"}';
    const socket = connect(path);
    socket.write(`POST /v1/operations HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await begun;
    socket.destroy();
    end([]);
    expect(statusOf(await talk(path, get('/v1/status')))).toBe('HTTP/1.1 200');
  });

  it('leaves nothing behind when it closes, not even a client that stays', async () => {
    const { path, control } = await served();
    const lingering = talk(path, '');
    await talk(path, get('/v1/status'));
    await control.close();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(path, '..'))).toEqual([]);
    expect(await lingering).toBe('');
  });
});
