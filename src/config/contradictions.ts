import type { Profile } from '../model/profile.ts';
import { profiles } from '../servers/profiles.ts';
import { recogniseServer } from './command.ts';
import { defaultStrategy } from './defaults.ts';
import type { Path, Problem } from './issue.ts';
import type { HealthShape, ServiceShape } from './schema.ts';
import { formatDuration } from './units.ts';

/** Something that two or more keys of one service say together and that cannot be meant. */
interface Contradiction {
  readonly at: Path;
  /** The keys of the service that it reads: it is not looked for while one of them is wrong by itself. */
  readonly reads: readonly string[];
  readonly find: (service: ServiceShape, hasRevisionFile: boolean) => string | undefined;
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
    find: (service) =>
      service.reload.strategy === 'reexec' && profileOf(service).reexec === undefined
        ? `the server "${profileOf(service).name}" cannot re-execute itself: expected another strategy or server`
        : undefined,
  },
  {
    at: ['reload', 'on'],
    reads: ['reload', 'server', 'command'],
    find: (service, hasRevisionFile) => {
      if (service.reload.on !== 'revision') return undefined;
      if (!hasRevisionFile) return 'no revision file is configured: expected request, or revision.file';
      const strategy = service.reload.strategy ?? defaultStrategy(profileOf(service));
      return strategy === 'none' ? 'a service with the strategy none is not reloaded: expected request' : undefined;
    },
  },
];

/** What is known about the service's server, named or recognised. */
export const profileOf = ({ server, command }: Pick<ServiceShape, 'server' | 'command'>): Profile =>
  profiles[server ?? recogniseServer(command)];

/** Every contradiction within one service. `broken` tells whether a key of it is already known to be wrong. */
export function findContradictions(
  service: ServiceShape,
  hasRevisionFile: boolean,
  broken: (key: string) => boolean,
): Problem[] {
  return contradictions.flatMap(({ at, reads, find }) => {
    const problem = reads.some(broken) ? undefined : find(service, hasRevisionFile);
    return problem === undefined ? [] : [{ path: at, problem }];
  });
}

function probeContradiction({ http, tcp, exec, port, socket, host, revisionHeader }: HealthShape): string | undefined {
  const kinds = Object.entries({ http, tcp, exec }).filter(([, value]) => value !== undefined);
  if (kinds.length !== 1) return `expected exactly one of http, tcp and exec, found ${listed(kinds)}`;
  const where = Object.entries({ port, socket }).filter(([, value]) => value !== undefined);
  if (http !== undefined)
    return where.length === 1
      ? undefined
      : `expected exactly one of port and socket beside http, found ${listed(where)}`;
  const alone = Object.entries({ host, revisionHeader }).filter(([, value]) => value !== undefined);
  const astray = [...where, ...alone];
  return astray.length === 0
    ? undefined
    : `expected port, socket, host and revisionHeader only beside http, found ${listed(astray)}`;
}

const listed = (entries: readonly (readonly unknown[])[]): string =>
  entries.length === 0 ? 'none' : entries.map(([key]) => key).join(' and ');
