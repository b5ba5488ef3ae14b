import { defaults } from './defaults.ts';
import {
  anyPath,
  command,
  duration,
  expected,
  forwardedSignal,
  handledSignal,
  hostAndPort,
  integer,
  keys,
  label,
  listenAddress,
  later,
  mapping,
  matching,
  ownServerName,
  pattern,
  port,
  serverName,
  serviceName,
  size,
  span,
  stopSignal,
  text,
  watchdog,
  word,
  v,
  workingServers,
} from './values.ts';

const health = keys({
  http: v.optional(matching(/^\/[\x21-\x7e]*$/, 'the path of a URL, such as "/ping"')),
  port: v.optional(port),
  socket: v.optional(matching(/^\/[^\0]{1,106}$/, 'an absolute path of at most 107 characters')),
  host: v.optional(matching(/^[\x21-\x7e]{1,255}$/, 'the name of a host')),
  revisionHeader: v.optional(matching(/^[\w-]{1,64}$/, 'the name of a header, such as X-Revision')),
  revisionBody: v.optional(v.boolean(expected('true or false')), defaults.health.revisionBody),
  tcp: v.optional(v.union([port, hostAndPort], expected('a port or "host:port"'))),
  exec: v.optional(command),
  interval: v.optional(span, defaults.health.interval),
  timeout: v.optional(span, defaults.health.timeout),
  retries: v.optional(integer(1, 1_000), defaults.health.retries),
  startPeriod: v.optional(duration, defaults.health.startPeriod),
});

const restart = keys({
  policy: v.optional(word(['always', 'on-failure', 'never']), defaults.restart.policy),
  backoff: v.optional(
    keys({
      min: v.optional(duration, defaults.restart.backoff.min),
      max: v.optional(duration, defaults.restart.backoff.max),
    }),
    {},
  ),
  giveUp: v.optional(
    keys({
      after: v.optional(integer(1, 1_000_000), defaults.restart.giveUp.after),
      within: v.optional(span, defaults.restart.giveUp.within),
    }),
    {},
  ),
});

const variables = mapping(v.record(matching(/^[^=\0]+$/, 'the name of a variable'), text, expected('a mapping')));

const reload = keys({
  strategy: v.optional(word(['reexec', 'overlap', 'signal', 'command', 'restart', 'none'])),
  handover: v.optional(word(['together', 'stepwise']), defaults.reload.handover),
  signal: v.optional(stopSignal),
  command: v.optional(command),
  check: v.optional(v.union([v.literal(false), command], expected('a command, or false'))),
  timeout: v.optional(span, defaults.reload.timeout),
  soak: v.optional(duration, defaults.reload.soak),
  drain: v.optional(span, defaults.reload.drain),
  on: v.optional(word(['revision', 'request'])),
  trial: v.optional(
    keys({
      command: v.optional(command),
      env: v.optional(variables, {}),
      port: v.optional(port),
      hold: v.optional(duration, defaults.reload.trial.hold),
    }),
  ),
  retry: v.optional(
    keys({
      times: v.optional(integer(0, 100), defaults.reload.retry.times),
      after: v.optional(span, defaults.reload.retry.after),
    }),
    {},
  ),
});

/** As many as `ppidshim` holds. */
const socketsMax = 16;

const service = keys({
  command,
  prepare: v.optional(command),
  cwd: v.optional(anyPath),
  env: v.optional(variables, {}),
  listen: v.optional(
    v.pipe(
      v.array(listenAddress, expected('a list of addresses')),
      v.maxLength(socketsMax, `expected at most ${socketsMax} addresses`),
    ),
    [],
  ),
  user: v.optional(
    v.pipe(text, v.regex(/^[\w.][\w.-]*\$?(?::[\w.][\w.-]*\$?)?$/, expected('"user", "user:group" or their numbers'))),
  ),
  server: v.optional(serverName),
  instances: v.optional(integer(1, 1_000), defaults.instances),
  // Refused as not supported yet by `dependencies.ts`, which knows the other services' names.
  dependsOn: v.optional(
    mapping(v.record(v.string(), word(['started', 'healthy', 'completed']), expected('a mapping'))),
  ),
  health: v.optional(health),
  readiness: v.optional(
    later(matching(/^(?:notify|health|fd:[1-9]\d{0,2})$/, 'notify, health or a descriptor such as "fd:3"')),
  ),
  restart: v.optional(restart, {}),
  reload: v.optional(reload, {}),
  stop: v.optional(keys({ signal: v.optional(stopSignal), timeout: v.optional(duration, defaults.stop.timeout) }), {}),
  workers: v.optional(keys({ recycleAbove: v.optional(later(size)) })),
  logs: v.optional(keys({ mode: v.optional(word(['inherit', 'prefix', 'json']), defaults.logs.mode) }), {}),
});

const signals = keys({
  gracefulStop: v.optional(stopSignal),
  quickStop: v.optional(stopSignal),
  forwarded: v.optional(v.array(forwardedSignal, expected('a list of signals'))),
});

/** What may be left out where `like` says it is for `server.ts` to know. */
const server = keys({
  like: v.optional(word(workingServers)),
  command: v.optional(pattern),
  signals: v.optional(signals, {}),
  master: v.optional(
    keys({
      title: v.optional(pattern),
      catches: v.optional(
        v.pipe(
          v.array(handledSignal, expected('a list of signals')),
          v.minLength(1, 'expected a list of signals, found none in it'),
        ),
      ),
    }),
  ),
  workers: v.optional(
    keys({
      title: v.optional(pattern),
      except: v.optional(pattern),
      ready: v.optional(keys({ catches: handledSignal, ignores: v.optional(handledSignal) })),
      count: v.optional(word(['fixed', 'varying']), defaults.server.count),
    }),
  ),
  // Not `command`, for that is the service's.
  strategy: v.optional(word(['reexec', 'overlap', 'signal', 'restart', 'none'])),
  reexec: v.optional(
    keys({ signal: stopSignal, appearsWithin: v.optional(span, defaults.server.reexec.appearsWithin) }),
  ),
  scale: v.optional(
    keys({
      up: stopSignal,
      down: stopSignal,
      atLeast: v.optional(integer(0, 1), defaults.server.scale.atLeast),
      takes: v.optional(word(['youngest', 'oldest']), defaults.server.scale.takes),
      loads: v.optional(word(['own-release', 'current-release']), defaults.server.scale.loads),
    }),
  ),
  inPlace: v.optional(
    keys({
      signal: stopSignal,
      showsWithin: v.optional(span, defaults.server.inPlace.showsWithin),
      executes: v.optional(v.boolean(expected('true or false')), defaults.server.inPlace.executes),
    }),
  ),
  check: v.optional(v.array(text, expected('a list of arguments'))),
});

const revision = keys({
  file: anyPath,
  splay: v.optional(duration),
  canary: v.optional(
    keys({
      percent: integer(0, 100),
      after: v.optional(span, defaults.canary.after),
      on: v.optional(matching(/^[\x21-\x7e]{1,255}$/, 'at most 255 characters of ASCII without spaces')),
    }),
  ),
});

/** A borginit that waits for a permit has a process for each of them. */
const permitsMax = 32;
const rollout = keys({ lock: anyPath, atMost: v.optional(integer(1, permitsMax), defaults.rollout.atMost) });

const supervisor = keys({
  watchdog: v.optional(watchdog, defaults.supervisor.watchdog),
  orphans: v.optional(word(['keep', 'stop'])),
});

/** The shape of a configuration, with the defaults that depend on nothing else. Also the source of the JSON Schema. */
export const configSchema = keys({
  name: v.optional(label),
  role: v.optional(label),
  revision: v.optional(revision),
  rollout: v.optional(rollout),
  supervisor: v.optional(supervisor, {}),
  services: mapping(v.record(serviceName, service, expected('a mapping of services'))),
  servers: v.optional(mapping(v.record(ownServerName, server, expected('a mapping of servers'))), {}),
});

/** What the schema makes of a valid configuration: durations in milliseconds, commands as lists. */
export type ConfigShape = v.InferOutput<typeof configSchema>;
export type ServiceShape = v.InferOutput<typeof service>;
export type ServerShape = v.InferOutput<typeof server>;
export type HealthShape = v.InferOutput<typeof health>;

/**
 * Holds a value against the schema. Stops at the first problem of each value, never at the first of all; where there
 * are problems, what the output holds elsewhere is right all the same.
 */
export const parseShape = (value: unknown) => v.safeParse(configSchema, value, { abortPipeEarly: true });
