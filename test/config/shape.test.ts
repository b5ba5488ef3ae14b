import { expect, it } from 'vitest';
import { renderPath } from '../../src/config/issue.ts';
import { checkShape } from '../../src/config/shape.ts';

const linesFor = (value: unknown): string[] =>
  checkShape(value).problems.map(({ path, problem }) => `${renderPath(path)}: ${problem}`);

it.each([
  [{}, ['services: missing']],
  [{ services: { web: {} } }, ['services.web.command: missing']],
  [[], [': expected a mapping, found a list']],
  ['x', [': expected a mapping, found "x"']],
  [{ services: [] }, ['services: expected a mapping, found a list']],
  [
    { services: { web: { command: 'x', restrat: {}, stpo: {} } } },
    ['services.web.restrat: unknown key: did you mean restart?', 'services.web.stpo: unknown key: did you mean stop?'],
  ],
  [
    { services: {}, version: 3 },
    ['version: unknown key: expected one of name, role, revision, rollout, supervisor, services, servers'],
  ],
  [
    { services: {}, toString: 1 },
    ['toString: unknown key: expected one of name, role, revision, rollout, supervisor, services, servers'],
  ],
  [
    { services: { web: { command: ['x', [], null] } } },
    ['services.web.command[1]: expected text, found a list', 'services.web.command[2]: expected text, found nothing'],
  ],
])('finds all that is wrong with %j', (value, lines) => {
  expect(linesFor(value)).toEqual(lines);
});

it.each(['__proto__', 'constructor', 'prototype'])('does not pass over a key named %s', (key) => {
  const text = `{"services": {"${key}": {"command": "x"}, "web": {"command": "x", "env": {"${key}": "y"}}}}`;
  const lines = linesFor(JSON.parse(text));
  expect(lines).toContain(`services.${key}: "${key}" cannot be a key: expected another name`);
  expect(lines).toContain(`services.web.env.${key}: "${key}" cannot be a key: expected another name`);
});

it('comes to an end with values that contain themselves', () => {
  const value: Record<string, unknown> = {};
  value['services'] = { web: value };
  expect(linesFor(value)).not.toEqual([]);
});

it('gives what is right beside what is wrong', () => {
  const { shape } = checkShape({ services: { web: { command: 'x', cwd: 7, stop: { timeout: '3s' } }, job: 7 } });
  expect(shape.services['web']?.stop).toEqual({ timeout: 3_000 });
});
