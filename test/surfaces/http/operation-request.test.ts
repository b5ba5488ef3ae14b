import { describe, expect, it } from 'vitest';

import { parseOperation } from '../../../src/surfaces/http/operation-request.ts';

describe('the body of an operation', () => {
  it.each([
    ['{"kind":"reload"}', { kind: 'reload', services: [] }],
    ['{"kind":"stop","services":["web","db"]}', { kind: 'stop', services: ['web', 'db'] }],
    ['{"services":[],"kind":"start"}', { kind: 'start', services: [] }],
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
