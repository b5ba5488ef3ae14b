/** The journal's content: what the next supervisor needs of this one's state, sealed so that a foreign hand shows. */
import { crc32 } from 'node:zlib';
import { isSameProcess, type ProcessRef } from '../model/process.ts';
import type { Era } from '../machine/life.ts';
import type { Journalled, SupervisorState } from '../machine/supervisor.ts';

/** Raised whenever an older supervisor would misread what a newer one writes. */
const formatVersion = 4;

/** How the content of each format that is understood becomes this one's: that of the version before, and our own. */
const understood: Readonly<Record<number, (content: Content) => Content>> = {
  // It knew no instance whose shim was lost.
  3: (content) => content,
  [formatVersion]: (content) => content,
};

interface Sealed {
  readonly version: number;
  /** CRC-32 of the JSON text of `content`. */
  readonly seal: number;
  readonly content: Content;
}

interface Content extends Journalled {
  /** The init that the supervisor ran under; null without one. */
  readonly init: ProcessRef | null;
}

export function encodeRecord(state: SupervisorState, init: ProcessRef | undefined): unknown {
  const instances = state.instances.map(({ id, ledger, life }) => ({
    id,
    ledger,
    life: life.kind === 'adopting' ? life.was : life,
  }));
  const { history, stage, revision, readAt } = state;
  const content: Content = { init: init ?? null, instances, history, stage, reading: { revision, readAt } };
  return { version: formatVersion, seal: sealOf(content), content } satisfies Sealed;
}

export type Decoded =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unusable'; readonly problem: string }
  | { readonly kind: 'record'; readonly journalled: Journalled; readonly era: Era };

/** Accepts only what `encodeRecord` made: whatever else stands in the file is not acted upon. */
export function decodeRecord(value: unknown, init: ProcessRef | undefined): Decoded {
  if (value === undefined) return { kind: 'nothing' };
  if (!isSealed(value)) return { kind: 'unusable', problem: 'it is no journal of borginit' };
  const read = understood[value.version];
  if (read === undefined) return { kind: 'unusable', problem: strangeFormat(value.version) };
  if (value.seal !== sealOf(value.content)) return { kind: 'unusable', problem: 'it was changed by another hand' };
  const content = read(value.content);
  const { init: writtenUnder } = content;
  const isSame = init !== undefined && writtenUnder !== null && isSameProcess(init, writtenUnder);
  return { kind: 'record', journalled: content, era: isSame ? 'same' : 'earlier' };
}

const strangeFormat = (version: number): string =>
  version > formatVersion
    ? `a newer borginit has written it: its format is ${version}, and this one knows ${formatVersion}`
    : `its format is ${version}, and this one knows no older than ${formatVersion - 1}`;

const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  typeof value.version === 'number' &&
  'seal' in value &&
  'content' in value &&
  typeof value.content === 'object' &&
  value.content !== null;

const sealOf = (content: unknown): number => crc32(JSON.stringify(content));
