import type { Config } from '../model/spec.ts';

/** Where in a configuration: keys and list positions, from the root. */
export type Path = readonly (string | number)[];

/** Something wrong at a path, before it is known where in a file that is. */
export interface Problem {
  readonly path: Path;
  readonly problem: string;
}

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with, or doubtful in, a configuration. Line and column count from 1; 0 means: not from a file. */
export interface ConfigIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Shape: "services.web.command[1]"; empty for the whole. */
  readonly path: string;
  readonly problem: string;
}

/** A configuration, or everything that is wrong with it in the file's order. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigIssue[] }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/** One line for people. Shape: `borginit.yaml:12:5: services.web.stop.timeout: expected a duration such as "10s"`. */
export function renderIssue({ file, line, column, path, problem }: ConfigIssue): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return [place, path, problem].filter((part) => part !== '').join(': ');
}

/** Shape: ["services", "web", "command", 1] → "services.web.command[1]". */
export function renderPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${/^[\w-]{1,64}$/.test(part) ? part : quoted(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** The end of "expected …, found …". Short and on one line, whatever the value. */
export function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** In double quotes and on one line; what is longer than 40 characters is cut. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
