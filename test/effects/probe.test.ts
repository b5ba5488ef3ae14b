import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProbe } from '../../src/effects/probe.ts';
import type { Revision } from '../../src/model/identity.ts';
import type { Verdict } from '../../src/model/probe.ts';
import type { Address, ProbeSpec } from '../../src/model/spec.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

async function listen(server: Server, path?: string): Promise<Address> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  if (path !== undefined) return { kind: 'unix', path };
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const http = (address: Address): ProbeSpec => ({
  kind: 'http',
  path: '/ping',
  address,
  host: 'shop.example',
  revisionIn: undefined,
});

const serve = async (listener: RequestListener): Promise<ProbeSpec> => http(await listen(createHttpServer(listener)));

/** A server that answers each connection with these bytes. */
async function say(bytes: string): Promise<ProbeSpec> {
  return http(await listen(createServer((socket) => void socket.on('error', () => undefined).write(bytes))));
}

async function closedPort(): Promise<Address & { kind: 'tcp' }> {
  const server = createServer();
  const address = await listen(server);
  server.close();
  await once(server, 'close');
  return address as Address & { kind: 'tcp' };
}

describe('over HTTP', () => {
  it('asks for the path, names the host and keeps no connection', async () => {
    const asked: unknown[] = [];
    const probe = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers.host, request.headers.connection]);
      response.end('pong');
    });
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'passed' });
    expect(asked).toEqual([['GET', '/ping', 'shop.example', 'close']]);
  });

  it('asks through a unix socket', async () => {
    const address = await listen(
      createHttpServer((_, response) => response.end()),
      join(makeTempDir(), 'web.sock'),
    );
    expect(await runProbe(http(address), 5_000, 1)).toEqual({ kind: 'passed' });
  });

  it.each([
    { named: 'r2', verdict: { kind: 'passed' } },
    { named: 'r1', verdict: { kind: 'refused', problem: 'answered with X-Revision "r1", expected "r2"' } },
    { named: undefined, verdict: { kind: 'refused', problem: 'answered with no X-Revision, expected "r2"' } },
  ])('where answers name their revision, $named is $verdict.kind', async ({ named, verdict }) => {
    const address = await listen(
      createHttpServer((_, response) =>
        response.writeHead(200, named === undefined ? {} : { 'X-Revision': named }).end(),
      ),
    );
    const probe = { ...http(address), revisionIn: { kind: 'header', name: 'X-Revision' } } as ProbeSpec;
    expect(await runProbe(probe, 5_000, 1, 'r2' as Revision)).toEqual(verdict);
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'passed' });
  });

  const unnamed: Verdict = { kind: 'refused', problem: 'answered GET /ping without naming "r2"' };
  it.each([
    { what: 'the new one', body: ['{"revision":"r', '2"}'], verdict: { kind: 'passed' } },
    { what: 'the old one', body: ['{"revision":"r1"}'], verdict: unnamed },
    { what: 'one that begins with it', body: ['revision r21'], verdict: unnamed },
    { what: 'none', body: [''], verdict: unnamed },
    {
      what: 'the new one at the end of what is read',
      body: ['x '.repeat(32_767), 'r2', ' x'],
      verdict: { kind: 'passed' },
    },
    { what: 'the new one behind it', body: ['x '.repeat(32_768), 'r2'], verdict: unnamed },
  ])('where bodies name their revision, $what is $verdict.kind', async ({ body, verdict }) => {
    const spec = await serve((_, response) => {
      const [first, ...rest] = body;
      response.write(first ?? '', () => response.end(rest.join('')));
    });
    const probe = { ...spec, revisionIn: { kind: 'body' } } as ProbeSpec;
    expect(await runProbe(probe, 5_000, 2, 'r2' as Revision)).toEqual(verdict);
    expect(await runProbe(probe, 5_000, 2)).toEqual({ kind: 'passed' });
  });

  it('takes for silence a body that has named its revision and does not end', async () => {
    const spec = await serve((_, response) => void response.write('r2'));
    const probe = { ...spec, revisionIn: { kind: 'body' } } as ProbeSpec;
    expect(await runProbe(probe, 100, 1, 'r2' as Revision)).toMatchObject({ kind: 'silent' });
  });

  it.each([200, 204, 302, 399])('takes %i for well', async (status) => {
    const probe = await serve((_, response) => void response.writeHead(status).end());
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'passed' });
  });

  it.each([400, 404, 500, 503, 999])('takes %i for a refusal', async (status) => {
    const probe = await serve((_, response) => void response.writeHead(status).end('x'.repeat(1_000_000)));
    const problem = `answered ${status} to GET /ping`;
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'refused', problem });
  });

  it('is satisfied with the beginning of an endless body', async () => {
    const probe = await serve((_, response) => {
      const more = (): void => void response.write('x'.repeat(65_536), more);
      response.on('error', () => undefined);
      more();
    });
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'passed' });
  });

  it('takes for silence a body that does not come', async () => {
    const probe = await serve((_, response) => void response.write('x'));
    const problem = 'gave no answer to GET /ping within 100 ms';
    expect(await runProbe(probe, 100, 1)).toEqual({ kind: 'silent', problem });
  });

  it('takes for silence an answer that is broken off', async () => {
    const probe = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x', () => request.socket.destroy());
    });
    expect(await runProbe(probe, 5_000, 1)).toMatchObject({
      kind: 'silent',
      problem: expect.stringContaining('ECONNRESET') as string,
    });
  });

  it('takes for silence a server that is not there', async () => {
    const address = await closedPort();
    const problem = `gave no answer at 127.0.0.1:${address.port} (ECONNREFUSED)`;
    expect(await runProbe(http(address), 5_000, 1)).toEqual({ kind: 'silent', problem });
  });

  it('takes for silence a connection that is closed without an answer', async () => {
    const address = await listen(createServer((socket) => void socket.destroy()));
    expect(await runProbe(http(address), 5_000, 1)).toMatchObject({ kind: 'silent' });
  });

  it.each(['SSH-2.0-OpenSSH\r\n\r\n', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`])(
    'takes for a refusal what is not HTTP',
    async (bytes) => {
      const problem = 'answered GET /ping with what is not HTTP';
      expect(await runProbe(await say(bytes), 5_000, 1)).toEqual({ kind: 'refused', problem });
    },
  );

  it('has one limit for all answers together', async () => {
    let count = 0;
    const probe = await serve((_, response) => {
      count += 1;
      if (count < 3) response.end();
    });
    const problem = 'gave no answer to GET /ping within 200 ms';
    expect(await runProbe(probe, 200, 5)).toEqual({ kind: 'silent', problem });
    expect(count).toBe(3);
  });

  it('asks as often as it was told, and stops at the first bad answer', async () => {
    let count = 0;
    const probe = await serve((_, response) => {
      count += 1;
      response.writeHead(count === 3 ? 500 : 200).end();
    });
    expect(await runProbe(probe, 5_000, 2)).toEqual({ kind: 'passed' });
    expect(count).toBe(2);
    expect(await runProbe(probe, 5_000, 3)).toMatchObject({ kind: 'refused' });
    expect(count).toBe(3);
  });

  it('does not reject for a path that cannot be asked for', async () => {
    const probe: ProbeSpec = { ...http(await closedPort()), path: '/a b\n' } as ProbeSpec;
    expect(await runProbe(probe, 5_000, 1)).toMatchObject({ kind: 'silent' });
  });
});

describe('by connecting', () => {
  it('passes when somebody listens', async () => {
    const server = createServer();
    expect(await runProbe({ kind: 'tcp', address: await listen(server) }, 5_000, 2)).toEqual({ kind: 'passed' });
  });

  it('meets silence when nobody does', async () => {
    const path = join(makeTempDir(), 'absent.sock');
    const probe: ProbeSpec = { kind: 'tcp', address: { kind: 'unix', path } };
    const problem = `gave no answer at ${path} (ENOENT)`;
    expect(await runProbe(probe, 5_000, 1)).toEqual({ kind: 'silent', problem });
  });
});

describe('by running a command', () => {
  const run = (timeoutMs: number, command: readonly [string, ...string[]]) =>
    runProbe({ kind: 'exec', command, env: { PORT: '8123' } }, timeoutMs, 1);

  it.each([
    { command: ['true'] as [string], verdict: { kind: 'passed' } },
    { command: ['false'] as [string], verdict: { kind: 'refused', problem: 'false exited with 1' } },
    {
      command: ['/absent/command'] as [string],
      verdict: { kind: 'refused', problem: '/absent/command could not be started (ENOENT)' },
    },
  ])('says of $command: $verdict.kind', async ({ command, verdict }) => {
    expect(await run(5_000, command)).toEqual(verdict);
  });

  it('gives it its own environment, and more', async () => {
    expect(await run(5_000, ['sh', '-c', 'test "$PORT" = 8123 && test -n "$PATH"'])).toEqual({ kind: 'passed' });
  });

  it('meets silence when it does not end in time', async () => {
    expect(await run(50, ['sleep', '60'])).toEqual({
      kind: 'silent',
      problem: 'gave no answer to sleep 60 within 50 ms',
    });
  });
});
