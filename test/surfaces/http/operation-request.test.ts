import { describe, expect, it } from 'vitest';

import { parseOperation } from '../../../src/surfaces/http/operation-request.ts';

describe('the body of an operation', () => {
  it.each([
    ['{"kind":"reload"}', { kind: 'reload', services: [], force: false }],
    ['{"kind":"stop","services":["web","db"]}', { kind: 'stop', services: ['web', 'db'], force: false }],
    ['{"services":[],"kind":"start"}', { kind: 'start', services: [], force: false }],
    ['{"kind":"reload","force":true}', { kind: 'reload', services: [], force: true }],
    ['{"kind":"stop","force":false}', { kind: 'stop', services: [], force: false }],
  ])('%s is accepted', (text, operation) => {
    expect(parseOperation(text)).toEqual({ ok: true, operation });
  });

  it.each([
    ['', 'expected a JSON object'],
    ['{', 'expected a JSON object'],
    ['[]', 'expected a JSON object'],
    ['null', 'expected a JSON object'],
    ['"reload"', 'expected a JSON object'],
    ['{}', 'kind must be one of start, stop, restart, reload, got null'],
    ['{"kind":"explode"}', 'kind must be one of start, stop, restart, reload, got "explode"'],
    ['{"kind":["reload"]}', 'got ["reload"]'],
    ['{"kind":"reload","service":"web"}', 'unknown key "service"'],
    ['{"kind":"reload","__proto__":1}', 'unknown key "__proto__"'],
    ['{"kind":"reload","force":"yes"}', 'force must be true or false, got "yes"'],
    ['{"kind":"reload","force":null}', 'force must be true or false, got null'],
    ['{"kind":"restart","force":true}', 'force goes only with a reload'],
    ['{"kind":"reload","services":"web"}', 'services must be a list'],
    ['{"kind":"reload","services":[1]}', 'services must be a list'],
    ['{"kind":"reload","services":null}', 'services must be a list'],
    [JSON.stringify({ kind: 'reload', services: Array(1_001).fill('web') }), 'at most 1000 names'],
  ])('%.60s is refused: %s', (text, problem) => {
    expect(parseOperation(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) as string });
  });

  it('is not repeated at any length', () => {
    const verdict = parseOperation(JSON.stringify({ kind: 'x'.repeat(10_000) }));
    expect(verdict.ok ? '' : verdict.problem).toSatisfy((problem: string) => problem !== '' && problem.length < 200);
  });
});
