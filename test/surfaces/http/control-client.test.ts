import { createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { callControl } from '../../../src/surfaces/http/control-client.ts';
import { serveControl } from '../../../src/surfaces/http/control-server.ts';
import { fakeSupervisor, sampleInstance, sampleSnapshot } from '../sample.ts';
import { tempDir } from '../temp-dir.ts';

async function served(changes: Parameters<typeof fakeSupervisor>[0] = {}): Promise<string> {
  const path = join(tempDir(), 'control.sock');
  const control = await serveControl(fakeSupervisor(changes), path);
  onTestFinished(() => control.close());
  return path;
}

/** Something that is no borginit: it says this, and closes or not. */
async function impostor(says: string, isClosing: boolean): Promise<string> {
  const path = join(tempDir(), 'control.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isClosing) socket.end(says);
    else socket.write(says);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return path;
}

describe('a call', () => {
  it('brings the answer', async () => {
    expect(await callControl(await served(), 'GET', '/v1/status')).toEqual({ status: 200, body: sampleSnapshot() });
  });

  it('brings a body', async () => {
    const path = await served({
      request: ({ kind, services }) =>
        Promise.resolve(services.map((service) => ({ service, instance: 1, ok: true, what: kind, reload: null }))),
    });
    const { body } = await callControl(path, 'POST', '/v1/operations', { kind: 'stop', services: ['wéb'] });
    expect(body).toMatchObject({ results: [{ service: 'wéb', what: 'stop' }] });
  });

  it('brings a bad verdict as an answer, not as an error', async () => {
    const services = { web: { instances: [sampleInstance({ state: 'down' })] } };
    const path = await served({ snapshot: () => Promise.resolve(sampleSnapshot({ services })) });
    expect(await callControl(path, 'GET', '/v1/health')).toMatchObject({ status: 503, body: { healthy: false } });
  });

  it('throws an error answer under its own code', async () => {
    const call = callControl(await served(), 'POST', '/v1/operations', { kind: 'explode' });
    await expect(call).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('explode') as string });
  });

  it('says where it found nobody', async () => {
    const path = join(tempDir(), 'control.sock');
    const message = `cannot reach borginit at ${path}: there is no such socket`;
    await expect(callControl(path, 'GET', '/v1/status')).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
      message,
    });
  });

  it.each([
    { what: 'hangs up', says: '', isClosing: true },
    { what: 'speaks no HTTP', says: 'hello\r\n\r\n', isClosing: true },
    { what: 'speaks no JSON', says: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', isClosing: true },
    { what: 'breaks off', says: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{', isClosing: true },
    { what: 'says less than it promised', says: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}', isClosing: true },
    { what: 'says nothing', says: '', isClosing: false },
    { what: 'never ends', says: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{', isClosing: false },
  ])('fails where somebody $what', async ({ says, isClosing }) => {
    const path = await impostor(says, isClosing);
    const call = callControl(path, 'GET', '/v1/status', undefined, isClosing ? {} : { timeoutMs: 100 });
    await expect(call).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
      message: expect.stringContaining(path) as string,
    });
  });
});
