import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { serveControl } from '../../src/surfaces/http/control-server.ts';
import type { Supervisor } from '../../src/supervisor/api.ts';
import { fakeSupervisor, samplePlan, sampleReload, sampleSnapshot } from '../surfaces/sample.ts';
import { tempDir } from '../surfaces/temp-dir.ts';

const run = promisify(execFile);

async function served(changes: Partial<Supervisor> = {}, patienceMs = 2_000): Promise<string> {
  const path = join(tempDir(), 'control.sock');
  const control = await serveControl(fakeSupervisor(changes), path, { patienceMs });
  onTestFinished(() => control.close());
  return path;
}

/** What curl prints: the body, and on a line of its own the status. */
async function curl(path: string, route: string, ...options: string[]) {
  const args = [
    '-sS',
    '--max-time',
    '20',
    '--unix-socket',
    path,
    '-w',
    '\n%{http_code}',
    ...options,
    `http://x${route}`,
  ];
  const { stdout } = await run('curl', args, { maxBuffer: 1e8 });
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) as unknown };
}

describe('curl on the control socket', () => {
  it('reads the status', async () => {
    expect(await curl(await served(), '/v1/status')).toEqual({ status: 200, body: sampleSnapshot() });
  });

  it('reads a history of many megabytes', async () => {
    const reloads = Array.from({ length: 20_000 }, () => sampleReload());
    const { body } = await curl(await served({ history: () => reloads }), '/v1/history');
    expect((body as { reloads: unknown[] }).reloads).toHaveLength(20_000);
  });

  it('reads the plan of the services that it names', async () => {
    const plan: Supervisor['plan'] = (...services) =>
      Promise.resolve(services.map((service) => samplePlan({ service })));
    const given = await curl(await served({ plan }), '/v1/plan?service=web&service=job');
    expect(given).toEqual({
      status: 200,
      body: { plans: [samplePlan({ service: 'web' }), samplePlan({ service: 'job' })] },
    });
  });

  it('posts an operation, without knowing of content types', async () => {
    const request: Supervisor['request'] = ({ kind }) =>
      Promise.resolve([{ service: 'web', instance: 1, ok: true, what: kind, reload: null }]);
    const given = await curl(await served({ request }), '/v1/operations', '-d', '{"kind":"reload"}');
    expect(given).toMatchObject({ status: 200, body: { results: [{ what: 'reload' }] } });
  });

  it.each([
    { options: ['-d', 'x'.repeat(100_000)], route: '/v1/operations', status: 413 },
    { options: ['-d', 'x'.repeat(100_000), '-H', 'Transfer-Encoding: chunked'], route: '/v1/operations', status: 413 },
    { options: ['-d', '{}', '-H', 'Expect: 100-continue'], route: '/v1/operations', status: 400 },
    { options: ['-X', 'DELETE'], route: '/v1/status', status: 405 },
    { options: ['-G'], route: '/v1/plan?force=true', status: 400 },
    { options: ['--path-as-is'], route: '/v1/../status', status: 404 },
    { options: ['-H', `X-Long: ${'y'.repeat(20_000)}`], route: '/v1/status', status: 431 },
    { options: ['-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket'], route: '/v1/nothing', status: 404 },
  ])('is answered $status on $route', async ({ options, route, status }) => {
    const given = await curl(await served(), route, ...options);
    expect(given).toMatchObject({ status, body: { error: { code: 'USAGE' } } });
  });
});

/** A client that behaves badly until the test ends. */
function hostile(path: string, act: (socket: Socket) => void): Socket {
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined).on('connect', () => act(socket));
  return socket;
}

const get = (route: string): string => `GET ${route} HTTP/1.1\r\nhost: x\r\n\r\n`;

/** Writes for as long as the server takes it. */
function flood(socket: Socket, bytes: string): void {
  const pour = (): void => {
    let isTaken = true;
    while (isTaken && socket.writable) isTaken = socket.write(bytes);
  };
  socket.on('drain', pour);
  pour();
}

describe('a bad client', () => {
  const head = 'POST /v1/operations HTTP/1.1\r\nhost: x\r\n';

  it.each([
    { what: 'connect and say nothing', act: () => undefined },
    { what: 'hang up at once', act: (socket: Socket) => void socket.destroy() },
    {
      what: 'hang up after asking',
      act: (socket: Socket) => void socket.write(get('/v1/history'), () => socket.destroy()),
    },
    { what: 'never read a long answer', act: (socket: Socket) => void socket.pause().write(get('/v1/history')) },
    {
      what: 'ask for ever without reading',
      act: (socket: Socket) => flood(socket.pause(), get('/v1/history').repeat(100)),
    },
    {
      what: 'send a body without end',
      act: (socket: Socket) => flood(socket, `${head}content-length: 9999999999\r\n\r\n${'x'.repeat(1e5)}`),
    },
    { what: 'send headers without end', act: (socket: Socket) => flood(socket, 'x: y\r\n'.repeat(1_000)) },
    { what: 'send noise without end', act: (socket: Socket) => flood(socket, '\x00\xff\x16\x03\x01'.repeat(10_000)) },
  ])('does not keep others from an answer: twenty that $what', async ({ act }) => {
    const reloads = Array.from({ length: 10_000 }, () => sampleReload());
    const path = await served({ history: () => reloads });
    for (let client = 0; client < 20; client += 1) hostile(path, act);
    expect((await curl(path, '/v1/status')).status).toBe(200);
    expect((await curl(path, '/v1/health')).status).toBe(200);
  });

  it('that fills all places is cut off, and then others are heard again', async () => {
    const path = await served({}, 200);
    const closed = Array.from({ length: 200 }, () => {
      const socket = hostile(path, () => undefined);
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await Promise.all(closed);
    expect((await curl(path, '/v1/status')).status).toBe(200);
  });
});
