/** The servers that a configuration may name: those it describes itself, and the built-in ones. */
import type { Profile, Roles } from '../model/profile.ts';
import { profiles } from '../servers/profiles.ts';
import { quoted } from './issue.ts';
import { nearest } from './nearest.ts';
import type { ServerShape } from './schema.ts';

/** Every server that a service may be of, by its name, in the order in which a command is looked up. */
export type Servers = ReadonlyMap<string, Profile>;

const builtIn: readonly (readonly [string, Profile])[] = Object.entries(profiles);

/** The configuration's own servers, and behind them the built-in ones. */
export const serversWith = (own: Readonly<Record<string, ServerShape>>): Servers =>
  new Map([...Object.entries(own).map(([name, server]) => [name, profileFrom(name, server)] as const), ...builtIn]);

/** The profile of a server with which nothing is wrong. */
export function profileFrom(name: string, server: ServerShape): Profile {
  const { signals, reexec, scale, inPlace } = server;
  const like = likeOf(server);
  const own = {
    gracefulStop: signals.gracefulStop ?? like.signals.gracefulStop,
    quickStop: signals.quickStop ?? like.signals.quickStop,
  };
  const reload = {
    reexec: reexec ? { signal: reexec.signal, appearsWithinMs: reexec.appearsWithin } : like.reexec,
    scale: scale ?? like.scale,
    inPlace: inPlace
      ? { signal: inPlace.signal, showsWithinMs: inPlace.showsWithin, executes: inPlace.executes }
      : like.inPlace,
  };
  const taken = [own.gracefulStop, own.quickStop, reload.reexec?.signal, reload.inPlace?.signal];
  return {
    name,
    // Not the other one's: its commands go on meaning itself.
    command: server.command,
    signals: {
      ...own,
      // Those that were written are known not to be taken.
      forwarded: signals.forwarded ?? like.signals.forwarded.filter((signal) => !taken.includes(signal)),
    },
    roles: rolesOf(server, like.roles),
    strategy: server.strategy ?? like.strategy,
    ...reload,
    cannot: like.cannot,
    check: server.check ?? like.check,
  };
}

const likeOf = ({ like }: ServerShape): Profile => profiles[like ?? 'none'];

/** Undefined where nothing is said of master or workers. */
function rolesOf({ master, workers }: ServerShape, like: Roles | undefined): Roles | undefined {
  const readyMaster: Roles['readyMaster'] | undefined =
    master?.title === undefined
      ? master?.catches && { kind: 'catching', signals: master.catches }
      : { kind: 'titled', title: master.title };
  const ofWorkers = workers && {
    workerTitle: workers.title,
    helperTitle: workers.except,
    readyWorker: workers.ready && {
      kind: 'catching' as const,
      catches: workers.ready.catches,
      ignores: workers.ready.ignores,
    },
    workers: workers.count,
  };
  const shown = readyMaster ?? like?.readyMaster;
  const served = ofWorkers ?? like;
  return shown && served && { ...served, readyMaster: shown };
}

/** So many names are a list that somebody reads. */
const namesShownMax = 20;

/** What is said of a server's name that is not among the known ones. */
export function unknownServer(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const names = known.slice(0, namesShownMax).join(', ') + (known.length > namesShownMax ? ' …' : '');
  return `no server has the name ${quoted(name)}: ${meant === undefined ? `expected one of ${names}` : `did you mean ${meant}?`}`;
}
