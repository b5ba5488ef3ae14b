/** A real hand between a shim and a service that are nothing but what they say. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { configFromObject } from '../../src/config/object-config.ts';
import type { InstanceFact } from '../../src/model/event.ts';
import { generationId, instanceId } from '../../src/model/identity.ts';
import { ShimHand } from '../../src/supervisor/instance-hand.ts';
import { RecentOutput } from '../../src/supervisor/recent-output.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const web = instanceId('web', 1);

/** A shim that does as it is told, and remembers what that was. */
async function obedientShim(path: string): Promise<{ readonly server: Server; readonly asked: string[] }> {
  const asked: string[] = [];
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((socket) => {
    socket.write('hello 1 12 345\nmain running 13 346\nready\n');
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        for (const line of chunk.toString().trimEnd().split('\n')) {
          const [id, verb = ''] = line.split(' ');
          asked.push(verb);
          socket.write(`ok ${id}\n`);
        }
      });
  }).listen(path);
  await once(server, 'listening');
  return { server, asked };
}

/** What a hand does that is to ask with nobody stopped first, of a service that takes so long to answer. */
async function askCalmly(answersAfterMs: number, calmMs: number) {
  await using scope = new AsyncDisposableStack();
  const dir = scope.use(await tempDir());
  const service = createHttpServer((_request, response) => {
    void delay(answersAfterMs).then(() => response.end());
  }).listen(0, '127.0.0.1');
  scope.defer(() => void service.close());
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const socket = join(dir.path, 'web.1', 'shim.sock');
  const { server, asked } = await obedientShim(socket);
  scope.defer(() => void server.close());
  const parsed = configFromObject({ services: { web: { command: ['sleep', '1'], health: { http: '/', port } } } }, '/');
  const [spec] = parsed.ok ? parsed.config.services : [];
  if (spec === undefined) throw new Error('the configuration has mistakes');
  const facts: InstanceFact[] = [];
  const output = {
    path: join(dir.path, 'output'),
    source: { service: 'web', instance: 1, name: 'web', isTrial: false },
    sink: { write: () => undefined },
    recent: new RecentOutput(),
  };
  const place = {
    ppidshim: '/absent',
    orphans: 'keep' as const,
    socket,
    trialSocket: `${socket}.trial`,
    output,
    trialOutput: output,
    env: {},
  };
  const hand = new ShimHand(spec, 'web', place, { fact: (fact) => facts.push(fact), notice: () => undefined });
  scope.defer(() => hand.close());
  hand.perform({ kind: 'find-shim', known: [] });
  await until(() => facts.some(({ kind }) => kind === 'shim-found'), 'the shim');
  hand.perform({
    ...{ kind: 'probe', generation: generationId(web, 2), purpose: 'proof', probe: spec.health?.probe },
    ...{ timeoutMs: 60_000, times: 1, revision: undefined, master: undefined, calmMs },
    // A process that is no more stands still.
    frozen: [{ pid: 2 ** 22 + 1, startTicks: 1 }],
  });
  const probed = await until(() => facts.find((fact) => fact.kind === 'probed'), 'a verdict');
  return { verdict: probed.verdict.kind, asked };
}

describe('a proof that is not to hold anybody up', () => {
  it('stops the others where answers come at once', async () => {
    expect(await askCalmly(0, 60_000)).toEqual({ verdict: 'passed', asked: ['freeze', 'thaw'] });
  });

  it('stops nobody where they do not', async () => {
    expect(await askCalmly(2, 1)).toEqual({ verdict: 'silent', asked: [] });
  });
});
