import type { Config } from '../model/spec.ts';
import { findContradictions } from './contradictions.ts';
import { defaultName } from './defaults.ts';
import { checkDependencies } from './dependencies.ts';
import { renderPath, type ConfigIssue, type ConfigResult, type Place, type Problem } from './issue.ts';
import type { ConfigShape, ServerShape, ServiceShape } from './schema.ts';
import { rolloutDoubts, rolloutProblems, rolloutSpec } from './rollout.ts';
import { findFaults } from './server-faults.ts';
import { serversWith, unknownServer, type Servers } from './server.ts';
import { absolute, doubtsAbout, serviceSpec } from './service.ts';
import { supervisorSpec } from './supervisor.ts';
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

/** What the schema cannot say: how keys, services and servers go together. Passes over what is wrong by itself. */
function semanticProblems(shape: ConfigShape, problems: readonly Problem[]): Problem[] {
  const isBroken = brokenKeys(problems, 'servers');
  const faults = mappingsIn<ServerShape>(shape.servers).flatMap(([name, server]) =>
    findFaults(name, server, (key) => isBroken(name, key)),
  );
  return [...faults, ...serviceProblems(shape, [...problems, ...faults])];
}

function serviceProblems(shape: ConfigShape, problems: readonly Problem[]): Problem[] {
  if (!isMapping(shape.services)) return [];
  const names = Object.keys(shape.services);
  if (names.length === 0 && problems.every(({ path }) => path[0] !== 'services'))
    return [{ path: ['services'], problem: 'expected at least one service, found none' }];
  const services = mappingsIn<ServiceShape>(shape.services);
  const { servers, unknown, isSure } = serversOf(shape, services, problems);
  const isBrokenItself = brokenKeys([...problems, ...unknown], 'services');
  const isBroken = (name: string, key: string): boolean =>
    isBrokenItself(name, key) || (key === 'server' && !isSure(shape.services[name]));
  const around = { hasRevisionFile: shape.revision !== undefined, servers };
  const needs = services.map(([name, { dependsOn }]): [string, string[]] => [
    name,
    isBroken(name, 'dependsOn') ? [] : Object.keys(dependsOn ?? {}),
  ]);
  const contradictions = services.flatMap(([name, service]) =>
    findContradictions(service, around, (key) => isBroken(name, key)).map(({ path, problem }) => ({
      path: ['services', name, ...path],
      problem,
    })),
  );
  return [...unknown, ...checkDependencies(new Map(needs)), ...rolloutProblems(shape), ...contradictions];
}

interface ServersFound {
  readonly servers: Servers;
  /** Services whose server nobody knows. */
  readonly unknown: readonly Problem[];
  /** False where it depends on a server that is wrong by itself which one a service's is. */
  readonly isSure: (service: ServiceShape | undefined) => boolean;
}

function serversOf(
  shape: ConfigShape,
  services: readonly (readonly [string, ServiceShape])[],
  problems: readonly Problem[],
): ServersFound {
  const wrong = problems.filter(({ path }) => path[0] === 'servers').map(({ path }) => path[1]);
  const written = mappingsIn<ServerShape>(shape.servers);
  const servers = serversWith(Object.fromEntries(written.filter(([name]) => !wrong.includes(name))));
  const known = [...new Set([...written.map(([name]) => name), ...servers.keys()])];
  const isBroken = brokenKeys(problems, 'services');
  return {
    servers,
    unknown: services.flatMap(([name, { server }]) =>
      server === undefined || known.includes(server) || isBroken(name, 'server')
        ? []
        : [{ path: ['services', name, 'server'], problem: unknownServer(server, known) }],
    ),
    isSure: (service) => (service?.server === undefined ? wrong.length === 0 : servers.has(service.server)),
  };
}

/** Those of a mapping's values that are mappings; none where it is none itself. */
const mappingsIn = <Shape>(value: Readonly<Record<string, Shape>>): readonly (readonly [string, Shape])[] =>
  isMapping(value) ? Object.entries(value).filter(([, below]) => isMapping(below)) : [];

/** Tells whether a key of a service or a server, or it as a whole, has a problem already. */
function brokenKeys(
  problems: readonly Problem[],
  section: 'services' | 'servers',
): (name: string, key: string) => boolean {
  const broken = new Set(
    problems.filter(({ path }) => path[0] === section).map(({ path }) => renderPath(path.slice(1, 3))),
  );
  return (name, key) => broken.has(renderPath([name])) || broken.has(renderPath([name, key]));
}

const isMapping = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function build(shape: ConfigShape, directory: string): Config {
  const around = { directory, hasRevisionFile: shape.revision !== undefined, servers: serversWith(shape.servers) };
  const services = Object.entries(shape.services).map(([name, service]) => serviceSpec(name, service, around));
  return {
    name: shape.name ?? defaultName(Object.keys(shape.services)),
    role: shape.role,
    revision: shape.revision && { file: absolute(shape.revision.file, directory) },
    rollout: rolloutSpec(shape, directory),
    supervisor: supervisorSpec(shape),
    services,
    mode: 'services',
  };
}
