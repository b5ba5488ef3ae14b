import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** A piece of text, and how a terminal with colours shows it. */
export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Columns are left out where the line is too short, those with the highest number first; 0 is always shown. */
  readonly dispensable: number;
}

/** Two, as between words of a sentence that has ended: one is what stands inside a cell. */
const gap = '  ';

/** Aligns the rows under the titles of those columns that say something and fit into the width. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  isColoured: boolean,
): readonly string[] {
  const table = [columns.map(({ title }): Cell => ({ text: title, style: 'dim' })), ...rows];
  const widths = columns.map((_, index) => Math.max(...table.map((row) => displayWidth(row[index]?.text ?? ''))));
  const shown = choose(columns, rows, widths, width);
  return table.map((row) => {
    const line = shown.map((index) => {
      const { text, style } = row[index] ?? { text: '' };
      const space = ' '.repeat((widths[index] ?? 0) - displayWidth(text));
      const painted = paint(text, style, isColoured);
      return columns[index]?.align === 'right' ? space + painted : painted + space;
    });
    return clip(line.join(gap).trimEnd(), width);
  });
}

/** The indexes of the columns to show. */
function choose(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  let shown = [...columns.keys()].filter((index) => rows.some((row) => (row[index]?.text ?? '') !== ''));
  const length = () => shown.reduce((sum, index) => sum + (widths[index] ?? 0) + gap.length, -gap.length);
  const rank = (index: number) => columns[index]?.dispensable ?? 0;
  while (length() > width) {
    const first = shown.reduce((most, index) => (rank(index) > rank(most) ? index : most), 0);
    if (rank(first) === 0) break;
    shown = shown.filter((index) => index !== first);
  }
  return shown;
}

/** Colours text where colours are wanted. */
export const paint = (text: string, style: Style | undefined, isColoured: boolean): string =>
  isColoured && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;

/** Text from a process's title or a revision without anything that would steer a terminal. */
export const printable = (text: string): string => stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, '');

/** Wide in every terminal: Chinese, Japanese and Korean script, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal the text takes, colours not counted. */
export const displayWidth = (text: string): number =>
  Array.from(stripVTControlCharacters(text)).reduce(
    (sum, char) => sum + (/\p{M}/u.test(char) ? 0 : wide.test(char) ? 2 : 1),
    0,
  );

/** Lines of whole words. What has no space in it is not broken, and may be longer. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (displayWidth(last) + 1 + displayWidth(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What does not fit would break the next line. Colours are given up rather than cut through. */
function clip(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  let clipped = '';
  for (const char of stripVTControlCharacters(line)) {
    if (displayWidth(clipped + char) > width - 1) break;
    clipped += char;
  }
  return `${clipped}…`;
}
