import { parseTree } from './tree.ts';
import { configFrom, issueAt } from './object-config.ts';
import type { ConfigResult } from './issue.ts';

/**
 * Reads a configuration from the text of a file, YAML or JSON.
 *
 * `file` is only for messages; `directory`, absolute, is where borginit was started: relative paths begin there.
 * Fails   with every issue at once, in the file's order; never throws
 */
export function parseConfig(text: string, file: string, directory: string): ConfigResult {
  const result = parseTree(text);
  if (!result.ok) return { ok: false, issues: result.problems.map((problem) => issueAt(problem, file, problem)) };
  const { value, placeOf } = result.tree;
  return configFrom(value, directory, (problem) => issueAt(problem, file, placeOf(problem.path)));
}
