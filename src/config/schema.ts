import * as v from 'valibot';
import { parseSignal } from '../model/signal.ts';
import { shellCommand, type Argv } from './command.ts';
import { defaults } from './defaults.ts';
import { found } from './issue.ts';
import { durationMaxMs, durationPattern, formatDuration, parseDuration, parseSize, sizePattern } from './units.ts';

const expected = (what: string) => (issue: { readonly input: unknown }) =>
  `expected ${what}, found ${found(issue.input)}`;

/**
 * Refuses what is not a mapping, lists too: valibot takes an empty list for an empty object.
 */
function mapping<Schema extends v.GenericSchema>(schema: Schema): Schema {
  const refused = v.custom(() => false, expected('a mapping'));
  return {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) =>
      (Array.isArray(dataset.value) ? refused : schema)['~run'](dataset, config),
  };
}

/**
 * A mapping of these keys and no others. Not `strictObject`, which stops at the first unknown key; the message of
 * `never` lists the known ones, for whoever renders the issue.
 */
const keys = <Entries extends v.ObjectEntries>(entries: Entries): v.StrictObjectSchema<Entries, undefined> =>
  mapping(
    v.objectWithRest(entries, v.never(Object.keys(entries).join(' ')), expected('a mapping')),
  ) as unknown as v.StrictObjectSchema<Entries, undefined>;

/** A key that is understood and waits for its feature. */
const later = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    schema,
    v.check(() => false, 'not supported yet'),
  );

/** One of the words that work now, or of those that will. */
function word<const Now extends readonly string[]>(now: Now, soon: readonly string[] = []) {
  const oneOf = (words: readonly string[]) => (words.length === 1 ? words.join() : `one of ${words.join(', ')}`);
  return v.pipe(
    v.picklist([...now, ...soon], expected(oneOf([...now, ...soon]))),
    v.check(
      (value) => now.includes(value),
      ({ input }) => `${found(input)} is not supported yet: expected ${oneOf(now)}`,
    ),
    v.transform((value): Now[number] => value),
  );
}

const matching = (pattern: RegExp, what: string) => v.pipe(v.string(expected(what)), v.regex(pattern, expected(what)));

const integer = (min: number, max: number, what = `a whole number from ${min} to ${max}`) =>
  v.pipe(
    v.number(expected(what)),
    v.integer(expected(what)),
    v.minValue(min, expected(what)),
    v.maxValue(max, expected(what)),
  );

const hasUnit = (input: unknown): string =>
  typeof input === 'number' || (typeof input === 'string' && /^\d+$/.test(input)) ? ', which has no unit' : '';
const notDuration = (issue: { readonly input: unknown }) =>
  expected('a duration such as "10s"')(issue) + hasUnit(issue.input);
const notSize = (issue: { readonly input: unknown }) =>
  expected('a size such as "512MiB"')(issue) + hasUnit(issue.input);

/** Milliseconds, written with their unit. */
const duration = v.pipe(
  v.string(notDuration),
  v.regex(durationPattern, notDuration),
  v.transform(parseDuration),
  v.maxValue(
    durationMaxMs,
    ({ input }) => `expected at most ${formatDuration(durationMaxMs)}, found ${formatDuration(input)}`,
  ),
);
const span = v.pipe(duration, v.minValue(1, 'expected more than nothing, found 0'));
const size = v.pipe(v.string(notSize), v.regex(sizePattern, notSize), v.transform(parseSize));

/** Text for a program: what is written as a number or as true or false is text too. */
const text = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.finite(expected('text'))), v.boolean()], expected('text')),
  v.transform(String),
  v.check((value) => !value.includes('\0'), 'expected text without NUL characters'),
);

const command = v.union(
  [
    v.pipe(
      matching(/\S/, 'a command'),
      v.check((line) => !line.includes('\0'), 'expected text without NUL characters'),
      v.check(
        (line) => !/^\s*\w+=/.test(line),
        'begins with an assignment: expected a command, and the variable in env',
      ),
      v.transform(shellCommand),
    ),
    v.pipe(
      v.array(text),
      v.check(
        ([program]) => program !== undefined && program !== '',
        'expected a command, found no program in the list',
      ),
      v.transform((list) => list as unknown as Argv),
    ),
  ],
  expected('a command, as text or as a list'),
);

const noSignal = expected('the name of a signal, such as TERM');
const stopSignal = v.pipe(
  text,
  v.check((name) => parseSignal(name) !== undefined, noSignal),
  v.transform((name) => parseSignal(name) ?? 'SIGTERM'),
  v.check(
    (signal) => signal !== 'SIGKILL' && signal !== 'SIGSTOP',
    ({ input }) => `expected a signal that a process can act on, found ${input}`,
  ),
);

const anyPath = matching(/^[^\0]+$/, 'a path');
const label = matching(/^[\x21-\x7e]{1,64}$/, 'at most 64 characters of ASCII without spaces');
const portMax = 65_535;
const port = integer(1, portMax, `a port from 1 to ${portMax}`);
/** Names end up in paths, in titles and in the names of instances. */
const serviceName = matching(
  /^[a-z0-9][a-z0-9_-]{0,62}$/,
  'a name of at most 63 of a-z, 0-9, "-" and "_" that begins with a letter or a digit',
);

const hostAndPort = v.pipe(
  matching(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'a port or "host:port"'),
  v.check((address) => isPort(portOf(address)), expected(`a port from 1 to ${portMax} after the host`)),
);
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
const isPort = (number: number): boolean => number >= 1 && number <= portMax;

const health = keys({
  http: v.optional(matching(/^\/[\x21-\x7e]*$/, 'the path of a URL, such as "/ping"')),
  port: v.optional(port),
  socket: v.optional(matching(/^\/[^\0]{1,106}$/, 'an absolute path of at most 107 characters')),
  host: v.optional(matching(/^[\x21-\x7e]{1,255}$/, 'the name of a host')),
  revisionHeader: v.optional(matching(/^[\w-]{1,64}$/, 'the name of a header, such as X-Revision')),
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

const reload = keys({
  strategy: v.optional(word(['reexec', 'none'], ['signal', 'overlap', 'restart', 'command'])),
  timeout: v.optional(span, defaults.reload.timeout),
  soak: v.optional(duration, defaults.reload.soak),
  drain: v.optional(span, defaults.reload.drain),
  on: v.optional(word(['revision', 'request'])),
});

const service = keys({
  command,
  prepare: v.optional(command),
  cwd: v.optional(anyPath),
  env: v.optional(mapping(v.record(matching(/^[^=\0]+$/, 'the name of a variable'), text, expected('a mapping'))), {}),
  user: v.optional(
    v.pipe(text, v.regex(/^[\w.][\w.-]*\$?(?::[\w.][\w.-]*\$?)?$/, expected('"user", "user:group" or their numbers'))),
  ),
  server: v.optional(word(['unicorn', 'gunicorn', 'none'], ['nginx', 'puma', 'php-fpm', 'uwsgi', 'haproxy'])),
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
  logs: v.optional(keys({ mode: v.optional(word(['inherit'], ['prefix', 'json']), defaults.logs.mode) })),
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

/** The shape of a configuration, with the defaults that depend on nothing else. Also the source of the JSON Schema. */
export const configSchema = keys({
  name: v.optional(label),
  role: v.optional(label),
  revision: v.optional(revision),
  rollout: v.optional(rollout),
  services: mapping(v.record(serviceName, service, expected('a mapping of services'))),
});

/** What the schema makes of a valid configuration: durations in milliseconds, commands as lists. */
export type ConfigShape = v.InferOutput<typeof configSchema>;
export type ServiceShape = v.InferOutput<typeof service>;
export type HealthShape = v.InferOutput<typeof health>;

/**
 * Holds a value against the schema. Stops at the first problem of each value, never at the first of all; where there
 * are problems, what the output holds elsewhere is right all the same.
 */
export const parseShape = (value: unknown) => v.safeParse(configSchema, value, { abortPipeEarly: true });
