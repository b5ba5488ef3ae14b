import { describe, expect, it } from 'vitest';

import { displayWidth, printable, renderTable, wrapText, type Column } from '../../../src/surfaces/cli/text-table.ts';

const columns: readonly Column[] = [
  { title: 'NAME', dispensable: 0 },
  { title: 'N', align: 'right', dispensable: 1 },
  { title: 'WHAT', dispensable: 2 },
];

const row = (...texts: string[]) => texts.map((text) => ({ text }));

describe('wrapped text', () => {
  it.each([
    { text: 'one two three', width: 7, lines: ['one two', 'three'] },
    { text: 'one two three', width: Infinity, lines: ['one two three'] },
    { text: 'one unbreakable two', width: 5, lines: ['one', 'unbreakable', 'two'] },
    { text: '漢字 漢字', width: 8, lines: ['漢字', '漢字'] },
    { text: '', width: 5, lines: [''] },
  ])('"$text" in $width columns is $lines', ({ text, width, lines }) => {
    expect(wrapText(text, width)).toEqual(lines);
  });
});

describe('a table', () => {
  it('aligns columns, numbers to the right, and ends no line with a space', () => {
    expect(renderTable(columns, [row('web', '7', 'long'), row('database', '1234', '')], Infinity, false)).toEqual([
      'NAME         N  WHAT',
      'web          7  long',
      'database  1234',
    ]);
  });

  it.each([
    { width: 20, titles: 'NAME         N  WHAT' },
    { width: 19, titles: 'NAME         N' },
    { width: 13, titles: 'NAME' },
  ])('of $width columns shows $titles', ({ width, titles }) => {
    const rows = [row('web', '7', 'long'), row('database', '1234', '')];
    expect(renderTable(columns, rows, width, false)[0]?.trimEnd()).toBe(titles);
  });

  it('cuts what cannot be left out', () => {
    expect(renderTable(columns, [row('database', '', '')], 6, false)).toEqual(['NAME', 'datab…']);
  });

  it('leaves out a column that says nothing', () => {
    expect(renderTable(columns, [row('web', '', 'x')], Infinity, false)[0]).toBe('NAME  WHAT');
  });

  it('counts a wide character as two', () => {
    expect(renderTable(columns, [row('日本', '1', ''), row('abcd', '2', '')], Infinity, false)).toEqual([
      'NAME  N',
      '日本  1',
      'abcd  2',
    ]);
  });

  it('has colours only when asked for them, and they take no room', () => {
    const cells = [[{ text: 'web', style: 'green' as const }, { text: '1' }]];
    const [, plain = ''] = renderTable(columns, cells, 80, false);
    const [, coloured = ''] = renderTable(columns, cells, 80, true);
    expect(coloured).toContain('\x1b[32mweb\x1b[39m');
    expect(displayWidth(coloured)).toBe(displayWidth(plain));
  });
});

describe('printable', () => {
  it.each([
    ['unicorn worker[0]', 'unicorn worker[0]'],
    ['a\x1b[2Jb', 'ab'],
    ['a\x1b]0;title\x07b', 'ab'],
    ['a\nb\tc\x00', 'abc'],
    ['a\u202eb', 'ab'],
  ])('takes the steering out of %j', (text, clean) => {
    expect(printable(text)).toBe(clean);
  });
});
