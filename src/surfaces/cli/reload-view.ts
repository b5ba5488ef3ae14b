import type { ReloadOutcome, ReloadRecord } from '../../model/reload-record.ts';
import { humanizeMs } from './humanize.ts';
import { paint, printable, type Style } from './text-table.ts';

const outcomes: Readonly<Record<ReloadOutcome, { readonly text: string; readonly style: Style }>> = {
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
    `${side(record.from)} → ${side(record.to)}, after ${humanizeMs(record.durationMs)}: ${printable(record.why)}`
  );
}

const side = ({ generation, revision }: ReloadRecord['from']): string =>
  revision === null ? `generation ${generation}` : printable(revision);
