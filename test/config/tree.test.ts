import { describe, expect, it } from 'vitest';
import { parseTree, type Tree } from '../../src/config/tree.ts';

function treeOf(text: string): Tree {
  const result = parseTree(text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.tree;
}

function problemsOf(text: string): string[] {
  const result = parseTree(text);
  return result.ok ? [] : result.problems.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
}

const laughs = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]'].concat(
  ['ab', 'bc', 'cd', 'de'].map(([from, to]) => `${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`),
);

describe('parseTree', () => {
  const refused = [
    ['a: 1\n---\nb: 2', '2:1 a second document begins here: expected only one'],
    ['a:\n\tb: 1', '2:1 indented by a tab: expected spaces'],
    ['a: 1\nb: 2\n"a": 3', '3:1 "a" is given twice: first in line 1'],
    ['{"a": 1, "a": 2}', '1:10 "a" is given twice: first in line 1'],
    ['a: *b', '1:4 no anchor "b" before this'],
    ['a: !!binary aGk=', '1:13 has the tag "tag:yaml.org,2002:binary": expected none'],
    ['a: !mine {}', '1:10 has the tag "!mine": expected none'],
    ['? [x]\n: 1', '1:3 a key that is not a word: expected text'],
    [': 1', '1:1 a key that is not a word: expected text'],
    ['a: "x', '1:6 cannot be read as YAML: Missing closing "quote'],
    ['%YAML 3.1\n---\na: 1', '1:7 cannot be read as YAML: Unsupported YAML version 3.1'],
    ['['.repeat(33) + ']'.repeat(33), '1:33 nested more than 32 levels deep'],
    ['['.repeat(5_000), '1:1 nested more than 32 levels deep'],
    [laughs.join('\n'), '1:1 anchors are used more than 100 times, or contain themselves'],
  ] as const;
  it.each(refused.map(([text, problem]) => [text.slice(0, 40), problem, text] as const))(
    'refuses %j at %s',
    (_, problem, text) => {
      expect(problemsOf(text)).toEqual([problem]);
    },
  );

  it('says in one line each what a parser stumbles over', () => {
    expect(problemsOf('"\\x\n')).toEqual([
      '1:2 cannot be read as YAML: Invalid escape sequence \\x',
      '2:1 cannot be read as YAML: Missing closing "quote',
    ]);
  });

  it('lists what a parser stumbles over in the order of the text', () => {
    const places = problemsOf('a: "\\x\n"').map((line) => line.slice(0, 3));
    expect(places).toEqual(['1:5', '1:7', '2:1', '2:2']);
  });

  it('allows 32 levels', () => {
    expect(problemsOf('['.repeat(32) + ']'.repeat(32))).toEqual([]);
    expect(problemsOf('{a: '.repeat(31) + '[]' + '}'.repeat(31))).toEqual([]);
    expect(problemsOf('{a: '.repeat(32) + '[]' + '}'.repeat(32))).toHaveLength(1);
  });

  it('lists each of several faults, but not all that follow from a broken line', () => {
    expect(problemsOf('a: 1\na: 2\nb: *x')).toHaveLength(2);
    expect(problemsOf(`a: ${'*x '.repeat(100)}`)).toHaveLength(5);
  });

  it.each([
    ['{\n\t"a": [1, true, null, "x"]\n}', { a: [1, true, null, 'x'] }],
    ['\uFEFFa: 1\r\nb: x\r\n', { a: 1, b: 'x' }],
    ['a: &x {k: v}\nb: *x', { a: { k: 'v' }, b: { k: 'v' } }],
    ['a: yes\nb: no\nc: 2020-01-01', { a: 'yes', b: 'no', c: '2020-01-01' }],
    ['# nothing', null],
    ['', null],
  ])('reads %j', (text, value) => {
    expect(treeOf(text).value).toEqual(value);
  });

  it('keeps the text of numbers and truth values that are not in their plain form', () => {
    const text = '[1.10, 007, 0x1F, 1e3, -0, .inf, True, 12345678901234567890, 8000, 1.5, true]';
    const kept = ['1.10', '007', '0x1F', '1e3', '-0', '.inf', 'True', '12345678901234567890', 8000, 1.5, true];
    expect(treeOf(text).value).toEqual(kept);
  });

  it('makes an ordinary key of __proto__', () => {
    expect(Object.keys(treeOf('__proto__: {a: 1}').value as object)).toEqual(['__proto__']);
  });
});

describe('placeOf', () => {
  const { placeOf } = treeOf(
    '\uFEFFbase: &base\r\n  env: { A: 1 }\r\nweb: *base\r\nlist:\r\n  - x\r\n  - y: 1\r\n7: z\r\n',
  );

  it.each([
    [[], 1, 1],
    [['base'], 1, 1],
    [['base', 'env', 'A'], 2, 10],
    [['web'], 3, 1],
    [['list', 1], 6, 5],
    [['list', 1, 'y'], 6, 5],
    [['7'], 7, 1],
  ])('puts %j at line %d, column %d', (path, line, column) => {
    expect(placeOf(path)).toEqual({ line, column });
  });

  it('goes through an alias to where the key is written', () => {
    expect(placeOf(['web', 'env'])).toEqual({ line: 2, column: 3 });
  });

  it('falls back to what is around a key that does not exist', () => {
    expect(placeOf(['base', 'env', 'B', 'C'])).toEqual({ line: 2, column: 3 });
    expect(placeOf(['list', 9])).toEqual({ line: 4, column: 1 });
  });
});
