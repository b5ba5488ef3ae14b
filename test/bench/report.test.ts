import { expect, it } from 'vitest';

import { renderFigures, tableAsJson } from '../../bench/report.ts';
import type { Table } from '../../bench/table.ts';

const table: Table = {
  name: 'start-to-exec',
  unit: 'ms',
  better: 'less',
  rows: [
    { name: 'borginit', values: [100, 80, 120], note: 'with Node' },
    { name: 'tini', values: [2, 1.6, 2.4] },
  ],
  references: ['borginit'],
};

it('shows each with its spread, and how many times its figure the reference is', () => {
  expect(renderFigures(table, 100, false).split('\n')).toEqual([
    'start-to-exec, in ms, less is better, 3 readings',
    '            median  least  most  borginit is',
    '  borginit     100     80   120               with Node',
    '  tini           2   1.60  2.40         50 ×',
  ]);
});

it('says of a row without figures only what is noted', () => {
  const absent = { ...table, rows: [...table.rows, { name: 's6', values: [], note: 'not installed' }] };
  expect(renderFigures(absent, 100, false).split('\n').at(-1)).toMatch(/^  s6 +not installed$/);
});

it('gives programs every value and what they come to', () => {
  expect(tableAsJson(table)).toMatchObject({
    name: 'start-to-exec',
    rows: [
      { name: 'borginit', median: 100, min: 80, max: 120, values: [100, 80, 120] },
      { name: 'tini', median: 2, ratios: { borginit: 50 } },
    ],
  });
});
