import type { Profile } from '../model/profile.ts';
import type { Path, Problem } from './issue.ts';
import type { ServerShape } from './schema.ts';
import { profileFrom } from './server.ts';

/** Something that is missing from a server, or that its keys say together and that cannot be meant. */
interface Fault {
  readonly at: Path;
  /** As in `contradictions.ts`. */
  readonly reads: readonly string[];
  readonly find: (server: ServerShape, profile: Profile) => string | undefined;
}

const missing = (isMissing: boolean): string | undefined =>
  isMissing ? 'missing, and there is no like to take it from' : undefined;
const withoutLike = ({ like }: ServerShape): boolean => like === undefined;

const stopsWith = ({ signals }: Profile, signal: string | undefined): string | undefined =>
  signal === signals.gracefulStop || signal === signals.quickStop
    ? `${signal} stops the server: expected another signal`
    : undefined;

const faults: readonly Fault[] = [
  ...(['gracefulStop', 'quickStop'] as const).map((key): Fault => ({
    at: ['signals', key],
    reads: ['like', 'signals'],
    find: (server) => missing(withoutLike(server) && server.signals[key] === undefined),
  })),
  {
    at: ['signals', 'forwarded'],
    reads: ['like', 'signals', 'reexec', 'inPlace'],
    find: ({ signals: { forwarded = [] } }, { signals, reexec, inPlace }) => {
      const taken = [signals.gracefulStop, signals.quickStop, reexec?.signal, inPlace?.signal];
      const found = forwarded.find((signal) => taken.includes(signal));
      return found && `${found} stops or reloads the server: it is never passed on`;
    },
  },
  {
    at: ['strategy'],
    reads: ['like', 'strategy'],
    find: (server) => missing(withoutLike(server) && server.strategy === undefined),
  },
  {
    at: ['strategy'],
    reads: ['like', 'strategy', 'reexec', 'inPlace'],
    find: (_, { strategy, reexec, inPlace }) => {
      if (strategy === 'reexec' && reexec === undefined) return 'expected reexec beside it, found none';
      return strategy === 'signal' && inPlace === undefined ? 'expected inPlace beside it, found none' : undefined;
    },
  },
  // Who is signalled before he has set his handlers is ended by it.
  ...(['master', 'workers'] as const).map((key): Fault => ({
    at: [key],
    reads: ['like', 'master', 'workers', 'reexec', 'inPlace'],
    find: (server) => missing(withoutLike(server) && server[key] === undefined && needsRoles(server)),
  })),
  {
    at: ['master'],
    reads: ['master'],
    find: ({ master }) =>
      master && (master.title === undefined) === (master.catches === undefined)
        ? `expected exactly one of title and catches, found ${master.title === undefined ? 'none' : 'title and catches'}`
        : undefined,
  },
  {
    at: ['workers', 'title'],
    reads: ['like', 'workers', 'reexec'],
    find: ({ workers }, { reexec }) =>
      workers !== undefined && workers.title === undefined && reexec !== undefined
        ? 'missing: where there is reexec, a new master is a child of the old one too'
        : undefined,
  },
  {
    at: ['reexec', 'signal'],
    reads: ['like', 'signals', 'reexec'],
    find: ({ reexec }, profile) => stopsWith(profile, reexec?.signal),
  },
  ...(['up', 'down'] as const).map((key): Fault => ({
    at: ['scale', key],
    reads: ['like', 'signals', 'scale', 'reexec', 'inPlace'],
    find: ({ scale }, profile) => {
      const signal = scale?.[key];
      const reloads = signal !== undefined && (signal === profile.reexec?.signal || signal === profile.inPlace?.signal);
      return reloads ? `${signal} reloads the server: expected another signal` : stopsWith(profile, signal);
    },
  })),
  {
    at: ['scale', 'down'],
    reads: ['scale'],
    find: ({ scale }) => (scale && scale.up === scale.down ? 'expected another signal than up' : undefined),
  },
  {
    at: ['inPlace', 'signal'],
    reads: ['like', 'signals', 'inPlace'],
    find: ({ inPlace }, profile) => stopsWith(profile, inPlace?.signal),
  },
];

const needsRoles = ({ master, workers, reexec, inPlace }: ServerShape): boolean =>
  [master, workers, reexec, inPlace].some((key) => key !== undefined);

/** Everything that is wrong within one server. `broken` tells whether a key of it is already known to be wrong. */
export function findFaults(name: string, server: ServerShape, broken: (key: string) => boolean): Problem[] {
  // A key that is broken may hold anything.
  const whole = Object.entries(server).filter(([key]) => !broken(key));
  const sound = { signals: {}, ...Object.fromEntries(whole) } as ServerShape;
  const profile = profileFrom(name, sound);
  return faults.flatMap(({ at, reads, find }) => {
    const problem = reads.some(broken) ? undefined : find(sound, profile);
    return problem === undefined ? [] : [{ path: ['servers', name, ...at], problem }];
  });
}
