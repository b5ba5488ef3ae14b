import { expect, it } from 'vitest';

import { compare, type Round } from '../../bench/deploys.ts';

const round = (p99Ms: number, failed: number, ...tookMs: readonly number[]): Round => ({
  ...{ perSecond: 800, p50Ms: 25, p99Ms, maxMs: 50, failed, reloads: tookMs.length, tookMs },
});

const found = compare(
  'unicorn',
  new Map([
    ['no reload', [round(20, 0), round(40, 0)]],
    ['borginit', [round(21, 0, 900, 1_000), round(42, 0, 800, 900)]],
    ['stop and start', [round(600, 7, 500, 500), round(600, 8, 500, 500)]],
  ]),
);

const rowsOf = (what: string) => found.tables.find(({ name }) => name.startsWith(what))?.rows ?? [];

it('counts what failed over all rounds', () => {
  expect(rowsOf('failed requests').find(({ name }) => name === 'stop and start')).toMatchObject({
    values: [7, 8],
    note: '15 in all, in 4 deploys',
  });
});

it('has a row for a way that is not installed', () => {
  expect(rowsOf('latency, p99').at(-1)).toEqual({ name: 'unicornherder', values: [], note: 'not installed' });
});

it('leaves out how long deploys took where none was made', () => {
  expect(rowsOf('until').map(({ name }) => name)).not.toContain('no reload');
});

it('compares with the round without a reload that was measured beside it', () => {
  expect(found.remarks).toEqual([
    'unicorn: 4 good reloads in a row by borginit; 0 requests failed, and p99 is 1.05 × that without a reload',
  ]);
});
