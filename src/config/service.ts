import type { ReloadSpec, ServiceSpec } from '../model/spec.ts';
import type { InPlace, Profile } from '../model/profile.ts';
import { unreachedOperator, withArguments, type Argv } from './command.ts';
import { profileOf, strategyOf, type Around } from './contradictions.ts';
import { defaultReloadOn, defaultStopSignal } from './defaults.ts';
import { healthSpec } from './health.ts';
import { quoted, type Problem } from './issue.ts';
import type { ServiceShape } from './schema.ts';

/** What a service's spec takes from outside the service. */
export interface Surroundings extends Around {
  /** Absolute; relative paths begin here. */
  readonly directory: string;
}

/** The spec of a service in which nothing contradicts itself. */
export function serviceSpec(name: string, service: ServiceShape, around: Surroundings): ServiceSpec {
  const profile = profileOf(service, around.servers);
  return {
    name,
    instances: service.instances,
    command: service.command,
    prepare: service.prepare,
    cwd: absolute(service.cwd, around.directory),
    env: service.env,
    user: service.user,
    server: profileFor(service, profile),
    health: service.health && healthSpec(service.health),
    restart: restartSpec(service.restart),
    reload: reloadSpec(service, profile, around),
    stop: { signal: service.stop.signal ?? defaultStopSignal(profile), timeoutMs: service.stop.timeout },
    stdin: 'null',
    listen: service.listen,
    output: service.logs.mode,
  };
}

/** Not normalised: what ".." means depends on links, and they are followed when the path is used. */
export const absolute = (path: string | undefined, directory: string): string => {
  if (path === undefined) return directory;
  return path.startsWith('/') ? path : `${directory.replace(/\/$/, '')}/${path}`;
};

const restartSpec = ({ policy, backoff, giveUp }: ServiceShape['restart']): ServiceSpec['restart'] => ({
  policy,
  backoff: { minMs: backoff.min, maxMs: backoff.max },
  giveUp: { after: giveUp.after, withinMs: giveUp.within },
});

function reloadSpec(service: ServiceShape, profile: Profile, { hasRevisionFile, servers }: Surroundings): ReloadSpec {
  const { handover, timeout, soak, drain, on, command, retry, trial } = service.reload;
  const strategy = strategyOf(service, servers);
  return {
    strategy,
    handover,
    check: checkOf(service, profile),
    command,
    timeoutMs: timeout,
    soakMs: soak,
    drainMs: drain,
    on: on ?? defaultReloadOn(strategy, hasRevisionFile),
    trial: trial && {
      ...{ command: trial.command ?? service.command, env: trial.env, port: trial.port, holdMs: trial.hold },
    },
    retry: { times: retry.times, afterMs: retry.after },
  };
}

/** Nothing is known of a server that is reloaded by a signal of the user's choice: it may do anything, and take its time. */
const unknownInPlace: Omit<InPlace, 'signal'> = { showsWithinMs: 60_000, executes: false };

const profileFor = ({ reload: { signal } }: ServiceShape, profile: Profile): Profile =>
  signal === undefined ? profile : { ...profile, inPlace: { ...unknownInPlace, ...profile.inPlace, signal } };

/** The server's own test of its configuration, unless another is given, or none is wanted. */
function checkOf(service: ServiceShape, { check: more }: Profile): Argv | undefined {
  const { check } = service.reload;
  if (check === false) return undefined;
  if (check !== undefined) return check;
  // What follows an operator or a comment is not the server's.
  const isPlain = unreachedOperator(service.command) === undefined && !/\s#/.test(service.command.at(-1) ?? '');
  return more.length > 0 && isPlain ? withArguments(service.command, more) : undefined;
}

const unsafeReturn =
  'old workers that a roll back starts again run what the link means by then: have the server preload the application';

/** What is allowed in a service and is probably not meant. */
export function doubtsAbout({ name, command, server, reload, health }: ServiceSpec): Problem[] {
  const path = ['services', name];
  const operator = unreachedOperator(command);
  const { scale } = server;
  return [
    ...(operator === undefined
      ? []
      : [
          {
            path: [...path, 'command'],
            problem: `what follows ${quoted(operator)} does not run: use a list such as [sh, -c, "…"] to run it`,
          },
        ]),
    ...(reload.handover === 'stepwise' && scale?.loads === 'current-release'
      ? [{ path: [...path, 'reload', 'handover'], problem: unsafeReturn }]
      : []),
    ...((reload.strategy === 'reexec' || reload.strategy === 'overlap') && health === undefined
      ? [{ path, problem: 'no health check: a reload proves only that the workers go on running' }]
      : []),
  ];
}
