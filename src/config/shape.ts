import { quoted, type Path, type Problem } from './issue.ts';
import { nearest } from './nearest.ts';
import { parseShape, type ConfigShape } from './schema.ts';

/** A configuration's shape, and what is wrong with it; below a problem's path the shape holds anything or nothing. */
export interface ShapeResult {
  readonly shape: ConfigShape;
  readonly problems: readonly Problem[];
}

/** Holds any value against the schema; finds everything that is wrong with it. */
export function checkShape(value: unknown): ShapeResult {
  const { output, issues } = parseShape(value);
  const problems = [...reservedKeys(value), ...(issues ?? []).flatMap((issue) => problemsOf(issue, []))];
  return { shape: output as ConfigShape, problems };
}

/** The part of the schema library's issues that is read here. */
interface SchemaIssue {
  readonly kind: string;
  readonly type: string;
  readonly expected: string | null;
  readonly input: unknown;
  readonly message: string;
  readonly path?: readonly { readonly key: unknown }[] | undefined;
  readonly issues?: readonly SchemaIssue[] | undefined;
}

function problemsOf(issue: SchemaIssue, above: Path): Problem[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  // Of a choice's ways to fail, those that got past the type are what was meant.
  const inner = issue.type === 'union' ? (issue.issues ?? []).filter(isPastType) : [];
  if (inner.length > 0) return inner.flatMap((below) => problemsOf(below, path));
  if (issue.type === 'never') return [{ path, problem: unknownKey(String(path.at(-1)), issue.message.split(' ')) }];
  if (issue.input === undefined && issue.expected?.startsWith('"')) return [{ path, problem: 'missing' }];
  return [{ path, problem: issue.message }];
}

const isPastType = ({ kind, path }: SchemaIssue): boolean => kind === 'validation' || path !== undefined;

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `unknown key: expected one of ${known.join(', ')}`
    : `unknown key: did you mean ${meant}?`;
}

/** Keys that the schema library passes over in silence, because objects of JavaScript have them from birth. */
const reserved = ['__proto__', 'constructor', 'prototype'];

function reservedKeys(value: unknown, path: Path = [], seen = new Set<unknown>()): Problem[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([key, below]): Problem[] =>
    reserved.includes(key)
      ? [{ path: [...path, key], problem: `${quoted(key)} cannot be a key: expected another name` }]
      : reservedKeys(below, [...path, Array.isArray(value) ? Number(key) : key], seen),
  );
}
