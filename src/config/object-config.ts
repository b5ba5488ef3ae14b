import type { Config } from '../model/spec.ts';
import { findContradictions } from './contradictions.ts';
import { defaultName } from './defaults.ts';
import { checkDependencies } from './dependencies.ts';
import { renderPath, type ConfigIssue, type ConfigResult, type Place, type Problem } from './issue.ts';
import type { ConfigShape } from './schema.ts';
import { rolloutDoubts, rolloutProblems, rolloutSpec } from './rollout.ts';
import { absolute, doubtsAbout, serviceSpec } from './service.ts';
import { checkShape } from './shape.ts';

/** Reads a configuration from plain values: what the file would say. Its issues have no file, line or column. */
export const configFromObject = (value: unknown, directory: string): ConfigResult =>
  configFrom(value, directory, (problem) => issueAt(problem, '', { line: 0, column: 0 }));

/** A problem as an issue at a place in a file. */
export const issueAt = ({ path, problem }: Problem, file: string, { line, column }: Place): ConfigIssue => ({
  file,
  line,
  column,
  path: renderPath(path),
  problem,
});

/** Reads a configuration from plain values, wherever they are from; `issueOf` knows the places. */
export function configFrom(
  value: unknown,
  directory: string,
  issueOf: (problem: Problem) => ConfigIssue,
): ConfigResult {
  const inOrder = (problems: readonly Problem[]): ConfigIssue[] =>
    problems.map(issueOf).sort((a, b) => a.line - b.line || a.column - b.column);
  if (value === null || value === undefined)
    return { ok: false, issues: inOrder([{ path: [], problem: 'it is empty: expected at least one service' }]) };
  const { shape, problems } = checkShape(value);
  const all = [...problems, ...semanticProblems(shape, problems)];
  if (all.length > 0) return { ok: false, issues: inOrder(all) };
  const config = build(shape, directory);
  return { ok: true, config, warnings: inOrder([...rolloutDoubts(config), ...config.services.flatMap(doubtsAbout)]) };
}

/** What the schema cannot say: how keys and services go together. Passes over what is wrong by itself. */
function semanticProblems(shape: ConfigShape, problems: readonly Problem[]): Problem[] {
  if (!isMapping(shape.services)) return [];
  const names = Object.keys(shape.services);
  if (names.length === 0 && problems.every(({ path }) => path[0] !== 'services'))
    return [{ path: ['services'], problem: 'expected at least one service, found none' }];
  const services = Object.entries(shape.services).filter(([, service]) => isMapping(service));
  const isBroken = brokenKeys(problems);
  const hasRevisionFile = shape.revision !== undefined;
  const needs = services.map(([name, { dependsOn }]): [string, string[]] => [
    name,
    isBroken(name, 'dependsOn') ? [] : Object.keys(dependsOn ?? {}),
  ]);
  const contradictions = services.flatMap(([name, service]) =>
    findContradictions(service, hasRevisionFile, (key) => isBroken(name, key)).map(({ path, problem }) => ({
      path: ['services', name, ...path],
      problem,
    })),
  );
  return [...checkDependencies(new Map(needs)), ...rolloutProblems(shape), ...contradictions];
}

/** Tells whether a key of a service, or the service as a whole, has a problem already. */
function brokenKeys(problems: readonly Problem[]): (service: string, key: string) => boolean {
  const broken = new Set(
    problems.filter(({ path }) => path[0] === 'services').map(({ path }) => renderPath(path.slice(1, 3))),
  );
  return (service, key) => broken.has(renderPath([service])) || broken.has(renderPath([service, key]));
}

const isMapping = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function build(shape: ConfigShape, directory: string): Config {
  const around = { directory, hasRevisionFile: shape.revision !== undefined };
  const services = Object.entries(shape.services).map(([name, service]) => serviceSpec(name, service, around));
  return {
    name: shape.name ?? defaultName(Object.keys(shape.services)),
    role: shape.role,
    revision: shape.revision && { file: absolute(shape.revision.file, directory) },
    rollout: rolloutSpec(shape, directory),
    services,
    mode: 'services',
  };
}
