import { renderTable, type Cell, type Column } from '../src/surfaces/cli/text-table.ts';
import { ratio, summarize } from './statistics.ts';
import type { Findings, Row, Table } from './table.ts';

/** One table for people, with a heading above it. */
export function renderFigures(table: Table, width: number, isColoured: boolean): string {
  const { name, unit, better, rows, references } = table;
  const columns: readonly Column[] = [
    { title: '', dispensable: 0 },
    { title: 'median', align: 'right', dispensable: 0 },
    { title: 'least', align: 'right', dispensable: 2 },
    { title: 'most', align: 'right', dispensable: 2 },
    ...references.map((reference): Column => ({ title: `${reference} is`, align: 'right', dispensable: 1 })),
    { title: '', dispensable: 3 },
  ];
  const cells = rows.map((row) => renderRow(row, rows, references));
  const count = Math.max(...rows.map(({ values }) => values.length));
  const heading = [name, unit === '' ? '' : `in ${unit}`, `${better} is better`, count > 1 ? `${count} readings` : ''];
  const lines = renderTable(columns, cells, width, isColoured).map((line) => `  ${line}`);
  return [heading.filter((part) => part !== '').join(', '), ...lines].join('\n');
}

function renderRow(row: Row, rows: readonly Row[], references: readonly string[]): readonly Cell[] {
  if (row.values.length === 0)
    return [row.name, '', '', '', ...references.map(() => ''), row.note ?? ''].map((text) => ({ text }));
  const { median, min, max } = summarize(row.values);
  const ratios = references.map((reference) => ratioTo(row, rows, reference));
  return [
    { text: row.name },
    { text: figure(median) },
    { text: row.values.length > 1 ? figure(min) : '' },
    { text: row.values.length > 1 ? figure(max) : '' },
    ...ratios.map((times): Cell => ({ text: times === undefined ? '' : `${figure(times)} ×` })),
    { text: row.note ?? '', style: 'dim' },
  ];
}

/** How many times the row's figure the reference's is. */
function ratioTo(row: Row, rows: readonly Row[], reference: string): number | undefined {
  const ours = rows.find(({ name }) => name === reference);
  return ours === undefined || ours === row ? undefined : ratio(ours.values, row.values);
}

/** Three digits that count, and no more. */
const figure = (value: number): string => {
  if (Number.isInteger(value) || value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(1);
};

/** The same for programs: every value, what they come to, and the ratios. */
export const tableAsJson = (table: Table): object => ({
  ...table,
  rows: table.rows.map((row) => ({
    ...row,
    ...summarize(row.values),
    ratios: Object.fromEntries(table.references.map((reference) => [reference, ratioTo(row, table.rows, reference)])),
  })),
});

/** The remarks, a line each. */
export const renderRemarks = ({ remarks }: Findings): string => remarks.map((remark) => `  ${remark}\n`).join('');
