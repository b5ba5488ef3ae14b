import { describe, expect, it } from 'vitest';
import { found, quoted, renderIssue, renderPath, type Path } from '../../src/config/issue.ts';

describe('renderIssue', () => {
  const issue = { file: 'borginit.yaml', line: 12, column: 5, path: 'services.web', problem: 'missing' };

  it('names the file, the place, the key and the problem', () => {
    expect(renderIssue(issue)).toBe('borginit.yaml:12:5: services.web: missing');
  });

  it('leaves out what is not known', () => {
    expect(renderIssue({ ...issue, line: 0, column: 0 })).toBe('borginit.yaml: services.web: missing');
    expect(renderIssue({ ...issue, line: 0, column: 0, file: '' })).toBe('services.web: missing');
    expect(renderIssue({ ...issue, path: '' })).toBe('borginit.yaml:12:5: missing');
  });
});

describe('renderPath', () => {
  const cases: [Path, string][] = [
    [[], ''],
    [['services', 'web', 'command', 1], 'services.web.command[1]'],
    [['services', 'a.b', 'env', 'X Y'], 'services."a.b".env."X Y"'],
    [['a\n', ''], '"a\\n".""'],
  ];
  it.each(cases)('renders %j as %j', (path, text) => {
    expect(renderPath(path)).toBe(text);
  });
});

describe('found', () => {
  const cases: [unknown, string][] = [
    [null, 'nothing'],
    [undefined, 'nothing'],
    ['x\ny', '"x\\ny"'],
    [10, '10'],
    [false, 'false'],
    [[1], 'a list'],
    [{ a: 1 }, 'a mapping'],
    [() => 0, 'a function'],
  ];
  it.each(cases)('says of %j: %s', (value, text) => {
    expect(found(value)).toBe(text);
  });
});

it('cuts a long text and keeps one of 40 characters', () => {
  expect(quoted('x'.repeat(40))).toBe(`"${'x'.repeat(40)}"`);
  expect(quoted('x'.repeat(41))).toBe(`"${'x'.repeat(39)}…"`);
});
