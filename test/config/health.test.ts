import { expect, it } from 'vitest';
import { healthSpec } from '../../src/config/health.ts';
import type { ProbeSpec } from '../../src/model/spec.ts';

const times = { interval: 10_000, timeout: 2_000, retries: 3, startPeriod: 60_000, revisionBody: false };

const probes: [object, ProbeSpec][] = [
  [
    { http: '/ping', port: 80 },
    {
      kind: 'http',
      path: '/ping',
      address: { kind: 'tcp', host: '127.0.0.1', port: 80 },
      host: 'localhost',
      revisionIn: undefined,
    },
  ],
  [
    { http: '/', socket: '/run/s', host: 'shop', revisionHeader: 'X-Revision' },
    {
      ...{ kind: 'http', path: '/', address: { kind: 'unix', path: '/run/s' }, host: 'shop' },
      revisionIn: { kind: 'header', name: 'X-Revision' },
    },
  ],
  [
    { http: '/', socket: '/run/s', revisionBody: true },
    {
      ...{ kind: 'http', path: '/', address: { kind: 'unix', path: '/run/s' }, host: 'localhost' },
      revisionIn: { kind: 'body' },
    },
  ],
  [
    { http: '/', socket: '/run/s', revisionBody: false },
    {
      ...{ kind: 'http', path: '/', address: { kind: 'unix', path: '/run/s' }, host: 'localhost' },
      revisionIn: undefined,
    },
  ],
  [{ tcp: 80 }, { kind: 'tcp', address: { kind: 'tcp', host: '127.0.0.1', port: 80 } }],
  [{ tcp: 'db:5432' }, { kind: 'tcp', address: { kind: 'tcp', host: 'db', port: 5432 } }],
  [{ tcp: '[::1]:80' }, { kind: 'tcp', address: { kind: 'tcp', host: '::1', port: 80 } }],
  [{ exec: ['check', 'it'] }, { kind: 'exec', command: ['check', 'it'], env: {} }],
];

it.each(probes)('makes of %j a probe', (keys, probe) => {
  expect(healthSpec({ ...times, ...keys }).probe).toEqual(probe);
});

it('takes the spans and the count over', () => {
  expect(healthSpec({ ...times, tcp: 80 })).toMatchObject({
    intervalMs: 10_000,
    timeoutMs: 2_000,
    retries: 3,
    startPeriodMs: 60_000,
  });
});

it('is wrong to be asked about a check without a probe', () => {
  expect(() => healthSpec(times)).toThrow('unreachable');
});
