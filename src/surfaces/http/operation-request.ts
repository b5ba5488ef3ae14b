import type { Operation } from '../../model/operation.ts';

export type OperationVerdict =
  { readonly ok: true; readonly operation: Operation } | { readonly ok: false; readonly problem: string };

const kinds = ['start', 'stop', 'restart', 'reload'] as const satisfies readonly Operation['kind'][];

/** More than anybody configures, and little enough to be searched. */
const servicesMax = 1_000;

/**
 * Reads the body of `POST /v1/operations`. Never throws.
 *
 * Shape   {"kind":"reload","services":["unicorn"]}; without services, all are meant
 */
export function parseOperation(text: string): OperationVerdict {
  const raw = parseJson(text);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse('expected a JSON object');
  const { kind, services = [], force = false, ...rest } = raw as Record<string, unknown>;
  const [unknownKey] = Object.keys(rest);
  if (unknownKey !== undefined) return refuse(`unknown key ${quote(unknownKey)}`);
  const known = kinds.find((each) => each === kind);
  if (known === undefined) return refuse(`kind must be one of ${kinds.join(', ')}, got ${quote(kind)}`);
  if (!isNames(services)) return refuse(`services must be a list of at most ${servicesMax} names`);
  if (typeof force !== 'boolean') return refuse(`force must be true or false, got ${quote(force)}`);
  if (force && known !== 'reload') return refuse('force goes only with a reload');
  return { ok: true, operation: { kind: known, services, force } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= servicesMax && value.every((each) => typeof each === 'string');

const refuse = (problem: string): OperationVerdict => ({ ok: false, problem });

/** What came from outside is repeated in a message, but not at any length. */
const quote = (value: unknown): string => JSON.stringify(value ?? null).slice(0, 60);
