import type { ReloadOutcome, ReloadRecord } from '../../model/reload-record.ts';
import { humanizeMs } from './humanize.ts';
import { paint, printable, type Style } from './text-table.ts';

/** What became of it, for people. */
export const outcomes: Readonly<Record<ReloadOutcome, { readonly text: string; readonly style: Style }>> = {
  reloaded: { text: 'reloaded', style: 'green' },
  'rolled-back': { text: 'rolled back', style: 'yellow' },
  failed: { text: 'failed', style: 'red' },
};

/**
 * One reload in a line of its own.
 *
 * Shape   "unicorn.1 rolled back 5m ago while proving, 4f2c9e1 → 9bc1d22, after 4s: worker 0 answered 500"
 */
export function renderReload(
  record: ReloadRecord,
  view: { readonly isColoured: boolean; readonly now: number },
  subject = `${record.service}.${record.instance}`,
): string {
  const { text, style } = outcomes[record.outcome];
  const ago = humanizeMs(view.now - Date.parse(record.startedAt) - record.durationMs);
  const where = record.outcome === 'reloaded' ? '' : ` while ${printable(record.phase)}`;
  return (
    `${printable(subject)} ${paint(text, style, view.isColoured)} ${ago} ago${where}, ` +
    `${renderSides(record)}, after ${humanizeMs(record.durationMs)}: ${printable(record.why)}${exposed(record)}`
  );
}

/** Shape: "4f2c9e1 → 9bc1d22", "generation 3 → generation 4" */
export const renderSides = ({ from, to }: Pick<ReloadRecord, 'from' | 'to'>): string => `${side(from)} → ${side(to)}`;

/** What clients may have met of a generation that did not prove itself. */
const exposed = ({ outcome, exposureMs }: ReloadRecord): string =>
  outcome === 'reloaded' || exposureMs === 0 ? '' : `; ${renderExposure(exposureMs)}`;

/** Rounded up, for it is a limit. Shape: "took requests unproven for up to 840ms" */
const renderExposure = (ms: number): string =>
  `took requests unproven for up to ${ms < 1_000 ? `${ms}ms` : `${Math.ceil(ms / 100) / 10}s`}`;

const side = ({ generation, revision }: ReloadRecord['from']): string =>
  revision === null ? `generation ${generation}` : printable(revision);
