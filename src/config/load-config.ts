import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { BorginitError } from '../model/errors.ts';
import type { Config } from '../model/spec.ts';
import { decodeText } from './decode-text.ts';
import { renderIssue, type ConfigIssue, type ConfigResult } from './issue.ts';
import { parseConfig } from './parse-config.ts';

/** Largest configuration file. A thousand services fit; what is larger is some other file. */
export const fileMaxBytes = 2 ** 20;

/** So many issues are a broken file, and more would only push the first ones off the screen. */
const issuesShownMax = 100;

export interface LoadOptions {
  /** Where relative paths in the file begin; the current directory unless given. */
  readonly cwd?: string;
  /** Is told of each thing that can be meant, but seldom is. */
  readonly warn?: (warning: string) => void;
}

/**
 * Reads a configuration file.
 *
 * Fails   CONFIG_UNREADABLE; CONFIG_INVALID with every issue in the message, a line each
 */
export function loadConfig(path: string, { cwd, warn }: LoadOptions = {}): Config {
  const result = readConfig(path, cwd);
  if (result.ok) {
    for (const warning of result.warnings) warn?.(renderIssue(warning));
    return result.config;
  }
  throw new BorginitError('CONFIG_INVALID', `cannot use ${path}: ${renderIssues(result.issues)}`);
}

/** As `loadConfig`, with the warnings, and with issues returned and not thrown. Fails with CONFIG_UNREADABLE alone. */
export function readConfig(path: string, cwd: string = process.cwd()): ConfigResult {
  const result = decodeText(readBytes(path));
  if (result.ok) return parseConfig(result.text, path, cwd);
  return { ok: false, issues: [{ file: path, line: 0, column: 0, path: '', problem: result.problem }] };
}

function renderIssues(issues: readonly ConfigIssue[]): string {
  const shown = issues.slice(0, issuesShownMax).map(renderIssue);
  const hidden = issues.length - shown.length;
  const count = issues.length === 1 ? 'there is a mistake in it' : `there are ${issues.length} mistakes in it`;
  return [count, ...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('\n');
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileBytes(path);
  } catch (cause) {
    throw new BorginitError('CONFIG_UNREADABLE', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** The errors thrown here are plain; `readBytes` makes them BorginitErrors, as it does with those of the calls. */
function readFileBytes(path: string): Uint8Array {
  // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const kind = kindOf(fstatSync(descriptor));
    if (kind !== 'a file') throw new Error(`it is ${kind}: expected a file`);
    // Not the size that stat tells: files of /proc have none, and a file may grow meanwhile.
    const bytes = new Uint8Array(fileMaxBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count)
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > fileMaxBytes) throw new Error(`it is larger than ${fileMaxBytes} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  ELOOP: 'its links lead in a circle',
  ENXIO: 'it is a socket: expected a file',
};

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return (code === undefined ? undefined : reasons[code]) ?? (error as Error).message;
}
