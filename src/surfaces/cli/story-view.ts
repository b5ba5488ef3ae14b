import { generationId, instanceId } from '../../model/identity.ts';
import type { ReloadRecord } from '../../model/reload-record.ts';
import { outcomes, renderReload } from './reload-view.ts';
import { printable, renderTable, wrapText, type Cell, type Column } from './text-table.ts';

/** The name of the generation that a reload made. Shape: "web.1#4" */
export const storyName = ({ service, instance, to }: ReloadRecord): string =>
  generationId(instanceId(service, instance), to.generation);

/** The text of `borginit history show`: the line of `borginit history`, how it came to it, and phase after phase. */
export function renderStory(
  record: ReloadRecord,
  view: { readonly columns: number; readonly isColoured: boolean; readonly now: number },
): string {
  const { strategy, trigger, from, to, startedAt } = record;
  const asked = trigger === 'revision' ? 'because the revision changed' : 'because an operator asked';
  return [
    ...wrapText(renderReload(record, view, storyName(record)), view.columns),
    `by ${strategy}, ${asked}; generation ${from.generation} → ${to.generation}, ${startedAt.slice(0, 10)}`,
    '',
    ...renderTable(columns, rowsOf(record), view.columns, view.isColoured),
    ...lastWords(record),
    '',
  ].join('\n');
}

const columns: readonly Column[] = [
  { title: 'PHASE', dispensable: 0 },
  { title: 'AFTER', align: 'right', dispensable: 0 },
  { title: 'TOOK', align: 'right', dispensable: 0 },
  { title: 'AT (UTC)', dispensable: 1 },
];

/** Each phase until the next one, and what became of it at its instant. */
function rowsOf({ timeline, durationMs, startedAt, outcome }: ReloadRecord): readonly (readonly Cell[])[] {
  const at = (afterMs: number): string => new Date(Date.parse(startedAt) + afterMs).toISOString().slice(11, 23);
  const { text, style } = outcomes[outcome];
  const phases = timeline.map(({ phase, afterMs }, index): readonly Cell[] => [
    { text: printable(phase) },
    { text: seconds(afterMs) },
    { text: seconds((timeline[index + 1]?.afterMs ?? durationMs) - afterMs) },
    { text: at(afterMs), style: 'dim' },
  ]);
  return [
    ...phases,
    [{ text, style }, { text: seconds(durationMs) }, { text: '' }, { text: at(durationMs), style: 'dim' }],
  ];
}

/** What the service or its trial had to say about a reload that did not go well. */
function lastWords({ outcome, lastLines }: ReloadRecord): readonly string[] {
  if (outcome === 'reloaded') return [];
  if (lastLines === null) return ['', "logs.mode is inherit: its output went straight to borginit's own"];
  if (lastLines.length === 0) return ['', 'meanwhile it wrote nothing'];
  return ['', 'what it wrote last:', ...lastLines.map((line) => `  ${printable(line)}`)];
}

/** Shape: "0.042 s" */
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(3)} s`;
