import type { Profile, Strategy } from '../model/profile.ts';
import { recogniseServer } from './command.ts';
import type { Path, Problem } from './issue.ts';
import type { HealthShape, ServiceShape } from './schema.ts';
import type { Servers } from './server.ts';
import { formatDuration } from './units.ts';

/** Something that two or more keys of one service say together and that cannot be meant. */
interface Contradiction {
  readonly at: Path;
  /** The keys of the service that it reads: it is not looked for while one of them is wrong by itself. */
  readonly reads: readonly string[];
  readonly find: (service: ServiceShape, around: Around) => string | undefined;
}

/** What is said outside the service. */
export interface Around {
  readonly hasRevisionFile: boolean;
  readonly servers: Servers;
}

const atMost = (value: number, limit: number, name: string): string | undefined =>
  value > limit ? `expected at most ${name} (${formatDuration(limit)}), found ${formatDuration(value)}` : undefined;

const contradictions: readonly Contradiction[] = [
  {
    at: ['restart', 'backoff', 'min'],
    reads: ['restart'],
    find: ({ restart: { backoff } }) => atMost(backoff.min, backoff.max, 'backoff.max'),
  },
  {
    at: ['listen'],
    reads: ['listen', 'server', 'command'],
    find: (service, { servers }) => {
      const { name, cannot } = profileOf(service, servers);
      if (service.listen.length > 0 && cannot.overlap !== undefined)
        return `the server "${name}" cannot: ${cannot.overlap}`;
      return undefined;
    },
  },
  {
    at: ['listen'],
    reads: ['listen', 'instances'],
    find: ({ listen, instances }) =>
      instances === 1 || listen.every((address) => address.includes('${instance}'))
        ? undefined
        : `expected paths with \${instance} in each: ${instances} instances cannot listen on the same address`,
  },
  {
    at: ['health'],
    reads: ['health'],
    find: ({ health }) => health && probeContradiction(health),
  },
  {
    at: ['health', 'timeout'],
    reads: ['health'],
    find: ({ health }) => health && atMost(health.timeout, health.interval, 'health.interval'),
  },
  {
    at: ['reload', 'soak'],
    reads: ['reload'],
    find: ({ reload: { soak, timeout } }) =>
      soak < timeout
        ? undefined
        : `expected less than reload.timeout (${formatDuration(timeout)}), found ${formatDuration(soak)}`,
  },
  {
    at: ['reload', 'strategy'],
    reads: ['reload', 'server', 'command'],
    find: strategyContradiction,
  },
  {
    at: ['reload', 'handover'],
    reads: ['reload', 'server', 'command'],
    find: handoverContradiction,
  },
  {
    at: ['reload', 'command'],
    reads: ['reload'],
    find: ({ reload: { strategy, command } }) => onlyWith('command', command, strategy),
  },
  {
    at: ['reload', 'signal'],
    reads: ['reload', 'server', 'command'],
    find: (service, { servers }) => onlyWith('signal', service.reload.signal, strategyOf(service, servers)),
  },
  {
    at: ['reload', 'trial'],
    reads: ['reload', 'health'],
    find: ({ reload: { trial }, health }) =>
      trial !== undefined && health === undefined ? 'expected a health check beside it, found none' : undefined,
  },
  {
    at: ['reload', 'on'],
    reads: ['reload', 'server', 'command'],
    find: (service, { hasRevisionFile, servers }) => {
      if (service.reload.on !== 'revision') return undefined;
      if (!hasRevisionFile) return 'no revision file is configured: expected request, or revision.file';
      return strategyOf(service, servers) === 'none'
        ? 'a service with the strategy none is not reloaded: expected request'
        : undefined;
    },
  },
];

/** What is known about the service's server, named or recognised. */
export const profileOf = ({ server, command }: Pick<ServiceShape, 'server' | 'command'>, servers: Servers): Profile =>
  (server === undefined ? undefined : servers.get(server)) ?? recogniseServer(command, servers.values());

/** How the service is reloaded, as written or by its server's habit. */
export const strategyOf = (service: Pick<ServiceShape, 'server' | 'command' | 'reload'>, servers: Servers): Strategy =>
  service.reload.strategy ?? profileOf(service, servers).strategy;

/** Every contradiction within one service. `broken` tells whether a key of it is already known to be wrong. */
export function findContradictions(service: ServiceShape, around: Around, broken: (key: string) => boolean): Problem[] {
  return contradictions.flatMap(({ at, reads, find }) => {
    const problem = reads.some(broken) ? undefined : find(service, around);
    return problem === undefined ? [] : [{ path: at, problem }];
  });
}

function strategyContradiction(service: ServiceShape, { servers }: Around): string | undefined {
  const { strategy, signal, command } = service.reload;
  const { name, reexec, inPlace, cannot } = profileOf(service, servers);
  const why = (fallback: string): string =>
    `the server "${name}" cannot: ${(strategy && cannot[strategy]) ?? fallback}`;
  if (strategy === 'reexec' && reexec === undefined) return why('nothing is known of how it executes itself anew');
  if (strategy === 'overlap' && cannot.overlap !== undefined) return why('');
  if (strategy === 'overlap' && service.listen.length === 0)
    return 'expected listen beside it, for the sockets that both generations share, found none';
  if (strategy === 'signal' && inPlace === undefined && signal === undefined)
    return `${why('nothing is known of how it is reloaded')}: expected another strategy, or reload.signal`;
  return strategy === 'command' && command === undefined ? 'expected reload.command beside it, found none' : undefined;
}

function handoverContradiction(service: ServiceShape, { servers }: Around): string | undefined {
  if (service.reload.handover !== 'stepwise') return undefined;
  const strategy = strategyOf(service, servers);
  if (strategy !== 'reexec')
    return `stepwise needs the strategy reexec, found ${strategy}: expected together, or another strategy`;
  const { name, scale, roles } = profileOf(service, servers);
  if (roles?.workers === 'varying')
    return `the server "${name}" cannot: it has as many workers as there is work for; expected together`;
  return scale === undefined
    ? `the server "${name}" cannot: nothing is known of how it is told to have one worker more or fewer; ` +
        'expected together, or scale in a server of your own'
    : undefined;
}

const onlyWith = (only: Strategy, value: unknown, strategy: Strategy | undefined): string | undefined =>
  value !== undefined && strategy !== only ? `expected only with the strategy ${only}` : undefined;

function probeContradiction(health: HealthShape): string | undefined {
  const { http, tcp, exec, port, socket, host, revisionHeader, revisionBody } = health;
  const kinds = given({ http, tcp, exec });
  if (kinds.length !== 1) return `expected exactly one of http, tcp and exec, found ${listed(kinds)}`;
  const where = given({ port, socket });
  const places = given({ revisionHeader, revisionBody });
  if (http === undefined) {
    const astray = [...where, ...given({ host }), ...places];
    const alone = 'port, socket, host, revisionHeader and revisionBody';
    return astray.length === 0 ? undefined : `expected ${alone} only beside http, found ${listed(astray)}`;
  }
  if (where.length !== 1) return `expected exactly one of port and socket beside http, found ${listed(where)}`;
  return places.length > 1 ? 'expected at most one of revisionHeader and revisionBody, found both' : undefined;
}

/** What is said; a key that is false says nothing. */
const given = (keys: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(keys).flatMap(([key, value]) => (value === undefined || value === false ? [] : [key]));

const listed = (keys: readonly string[]): string => (keys.length === 0 ? 'none' : keys.join(' and '));
