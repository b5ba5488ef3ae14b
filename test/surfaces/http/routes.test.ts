import { describe, expect, it } from 'vitest';

import { BorginitError, errors } from '../../../src/model/errors.ts';
import type { Operation } from '../../../src/model/operation.ts';
import type { Supervisor } from '../../../src/supervisor/api.ts';
import { answer } from '../../../src/surfaces/http/routes.ts';
import { fakeSupervisor, sampleInstance, samplePlan, sampleReload, sampleSnapshot } from '../sample.ts';

const failure = (code: keyof typeof errors, message: string) => ({
  error: { code, message: expect.stringContaining(message) as string, hint: errors[code].hint },
});

describe('the control API', () => {
  it('GET /v1/status answers with the snapshot', async () => {
    expect(await answer(fakeSupervisor(), 'GET', '/v1/status', '')).toEqual({ status: 200, body: sampleSnapshot() });
  });

  it('GET /v1/history answers with the reloads', async () => {
    const supervisor = fakeSupervisor({ history: () => [sampleReload()] });
    expect(await answer(supervisor, 'GET', '/v1/history?x=y', '')).toEqual({
      status: 200,
      body: { reloads: [sampleReload()] },
    });
  });

  it.each([
    ['running', 200],
    ['backoff', 503],
  ] as const)('GET /v1/health of a service that is %s answers %d', async (state, status) => {
    const services = { web: { instances: [sampleInstance({ state })] } };
    const supervisor = fakeSupervisor({ snapshot: () => Promise.resolve(sampleSnapshot({ services })) });
    const given = await answer(supervisor, 'GET', '/v1/health', '');
    expect(given).toMatchObject({ status, body: { healthy: status === 200 } });
  });

  it.each([
    { query: '', services: [] },
    { query: '?', services: [] },
    { query: '?service=web&service=a%26b%3F', services: ['web', 'a&b?'] },
    { query: '?service=a?b', services: ['a?b'] },
  ])('GET /v1/plan$query answers with the plans of $services', async ({ query, services }) => {
    const asked: (readonly string[])[] = [];
    const plan: Supervisor['plan'] = (...names) => {
      asked.push(names);
      return Promise.resolve([samplePlan()]);
    };
    const given = await answer(fakeSupervisor({ plan }), 'GET', `/v1/plan${query}`, '');
    expect(given).toEqual({ status: 200, body: { plans: [samplePlan()] } });
    expect(asked).toEqual([services]);
  });

  it('GET /v1/plan takes nothing but services', async () => {
    const given = await answer(fakeSupervisor(), 'GET', '/v1/plan?services=web', '');
    expect(given).toEqual({ status: 400, body: failure('USAGE', 'cannot read query: it takes nothing but service') });
  });

  it('POST /v1/operations hands the operation over and answers with its results', async () => {
    const asked: Operation[] = [];
    const result = { service: 'web', instance: 1, ok: true, what: 'running, generation 4', reload: null };
    const request = (operation: Operation) => {
      asked.push(operation);
      return Promise.resolve([result]);
    };
    const given = await answer(fakeSupervisor({ request }), 'POST', '/v1/operations', '{"kind":"reload"}');
    expect(given).toEqual({ status: 200, body: { results: [result] } });
    expect(asked).toEqual([{ kind: 'reload', services: [], force: false }]);
  });

  it.each([
    { method: 'GET', url: '/', status: 404 },
    { method: 'GET', url: '/v2/status', status: 404 },
    { method: 'GET', url: '/v1/status/', status: 404 },
    { method: 'GET', url: 'constructor', status: 404 },
    { method: 'POST', url: '/v1/status', status: 405 },
    { method: 'toString', url: '/v1/status', status: 405 },
    { method: 'GET', url: '/v1/operations', status: 405 },
    { method: 'POST', url: '/v1/operations', status: 400 },
    { method: 'GET', url: '/v1/upgrade', status: 405 },
  ])('$method $url is answered $status, as JSON', async ({ method, url, status }) => {
    const given = await answer(fakeSupervisor(), method, url, '');
    expect(given).toMatchObject({ status, body: failure('USAGE', 'cannot') });
  });

  it('POST /v1/upgrade answers with who hands over to whom', async () => {
    const upgrade = { from: { pid: 7, version: '1.0.0' }, to: { version: '2.0.0' } };
    const given = await answer(fakeSupervisor(), 'POST', '/v1/upgrade', '', () => Promise.resolve(upgrade));
    expect(given).toEqual({ status: 200, body: upgrade });
  });

  it('POST /v1/upgrade is refused where there is nobody who would start the next', async () => {
    const given = await answer(fakeSupervisor(), 'POST', '/v1/upgrade', '');
    expect(given).toMatchObject({ status: 409, body: failure('REQUEST_REFUSED', 'cannot upgrade borginit') });
  });

  it('says which methods a path takes', async () => {
    const { headers } = await answer(fakeSupervisor(), 'DELETE', '/v1/operations', '');
    expect(headers).toEqual({ allow: 'POST' });
  });

  it.each([
    { error: new BorginitError('SERVICE_UNKNOWN', 'cannot find web'), status: 404, code: 'SERVICE_UNKNOWN' },
    { error: new Error('cannot think'), status: 500, code: 'INTERNAL' },
  ] as const)('a supervisor that rejects with $code is answered $status', async ({ error, status, code }) => {
    const supervisor = fakeSupervisor({ request: () => Promise.reject(error) });
    const given = await answer(supervisor, 'POST', '/v1/operations', '{"kind":"stop"}');
    expect(given).toEqual({ status, body: failure(code, error.message) });
  });

  it('a supervisor that throws is an answer too', async () => {
    const history = () => {
      throw new Error('cannot remember');
    };
    const given = await answer(fakeSupervisor({ history }), 'GET', '/v1/history', '');
    expect(given).toEqual({ status: 500, body: failure('INTERNAL', 'cannot remember') });
  });
});
