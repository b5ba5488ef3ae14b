/** A real service, and what its shim would be asked for the sake of a question. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generationId, instanceId } from '../../src/model/identity.ts';
import type { Verdict } from '../../src/model/probe.ts';
import { ask } from '../../src/supervisor/probing.ts';

/** A process that is no more stands still. */
const gone = { pid: 2 ** 22 + 1, startTicks: 1 };

interface Asked {
  readonly answersAfterMs?: number;
  readonly calmMs?: number;
  readonly status?: number;
  /** Whether the shim obeys. */
  readonly obeys?: boolean;
}

/** Asks a service that takes so long to answer. Resolves with the verdict, and with what the shim was asked. */
async function askService({ answersAfterMs = 0, calmMs, status = 200, obeys = true }: Asked) {
  const service = createServer((_request, response) => {
    void delay(answersAfterMs).then(() => response.writeHead(status).end());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void service.close());
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const asked: string[] = [];
  const link = {
    request: ({ kind }: { readonly kind: string }) => {
      asked.push(kind);
      return Promise.resolve(obeys);
    },
  };
  const trial = { probe: () => Promise.resolve<Verdict>({ kind: 'silent', problem: 'has not started' }) };
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  const verdict = ask(
    {
      ...{ kind: 'probe', generation: generationId(instanceId('web', 1), 2), purpose: 'proof', timeoutMs: 60_000 },
      ...{ times: 1, revision: undefined, master: undefined, frozen: [gone], ...(calmMs !== undefined && { calmMs }) },
      probe: { kind: 'http', path: '/', address, host: 'localhost', revisionIn: undefined },
    },
    { cwd: '/', link, trial },
  );
  return { verdict: await verdict.then(({ kind }) => kind).catch(() => 'rejected'), asked };
}

describe('a question for which others stand still', () => {
  it.each([
    { service: {}, verdict: 'passed', asked: ['freeze', 'thaw'] },
    { service: { status: 500 }, verdict: 'refused', asked: ['freeze', 'thaw'] },
    { service: { obeys: false }, verdict: 'rejected', asked: ['freeze'] },
  ])('of $service is $verdict', async ({ service, verdict, asked }) => {
    expect(await askService(service)).toEqual({ verdict, asked });
  });

  it.each([
    { service: { calmMs: 60_000 }, verdict: 'passed', asked: ['freeze', 'thaw'] },
    { service: { calmMs: 60_000, status: 500 }, verdict: 'refused', asked: ['freeze', 'thaw'] },
    { service: { answersAfterMs: 2, calmMs: 1 }, verdict: 'silent', asked: [] },
  ])('that is not to hold anybody up, of $service, is $verdict', async ({ service, verdict, asked }) => {
    expect(await askService(service)).toEqual({ verdict, asked });
  });
});
