/** The kinds of values that a configuration is made of, each with the message of its own mistake. */
import * as v from 'valibot';
import { parseSignal, signalNumbers, type Signal } from '../model/signal.ts';
import { profiles, type ServerName } from '../servers/profiles.ts';
import { shellCommand, type Argv } from './command.ts';
import { found } from './issue.ts';
import { parsePattern, patternMaxLength } from './pattern.ts';
import { durationMaxMs, durationPattern, formatDuration, parseDuration, parseSize, sizePattern } from './units.ts';

/** The validation library, which comes in only here. */
export { v };

export const expected = (what: string) => (issue: { readonly input: unknown }) =>
  `expected ${what}, found ${found(issue.input)}`;

/**
 * Refuses what is not a mapping, lists too: valibot takes an empty list for an empty object.
 */
export function mapping<Schema extends v.GenericSchema>(schema: Schema): Schema {
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
export const keys = <Entries extends v.ObjectEntries>(entries: Entries): v.StrictObjectSchema<Entries, undefined> =>
  mapping(
    v.objectWithRest(entries, v.never(Object.keys(entries).join(' ')), expected('a mapping')),
  ) as unknown as v.StrictObjectSchema<Entries, undefined>;

/** A key that is understood and waits for its feature. */
export const later = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    schema,
    v.check(() => false, 'not supported yet'),
  );

/** One of the words that work now, or of those that will. */
export function word<const Now extends readonly string[]>(now: Now, soon: readonly string[] = []) {
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

export const matching = (pattern: RegExp, what: string) =>
  v.pipe(v.string(expected(what)), v.regex(pattern, expected(what)));

export const integer = (min: number, max: number, what = `a whole number from ${min} to ${max}`) =>
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
export const duration = v.pipe(
  v.string(notDuration),
  v.regex(durationPattern, notDuration),
  v.transform(parseDuration),
  v.maxValue(
    durationMaxMs,
    ({ input }) => `expected at most ${formatDuration(durationMaxMs)}, found ${formatDuration(input)}`,
  ),
);
export const span = v.pipe(duration, v.minValue(1, 'expected more than nothing, found 0'));

/** One that is shorter would end a supervisor that only waits for its turn on a busy machine. */
const watchdogMinMs = 3_000;
export const watchdog = v.union(
  [
    v.literal('off'),
    v.pipe(
      duration,
      v.minValue(
        watchdogMinMs,
        ({ input }) => `expected at least ${formatDuration(watchdogMinMs)}, or off, found ${formatDuration(input)}`,
      ),
    ),
  ],
  expected('a duration such as "30s", or off'),
);

export const size = v.pipe(v.string(notSize), v.regex(sizePattern, notSize), v.transform(parseSize));

/** Text for a program: what is written as a number or as true or false is text too. */
export const text = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.finite(expected('text'))), v.boolean()], expected('text')),
  v.transform(String),
  v.check((value) => !value.includes('\0'), 'expected text without NUL characters'),
);

export const command = v.union(
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
export const stopSignal = v.pipe(
  text,
  v.check((name) => parseSignal(name) !== undefined, noSignal),
  v.transform((name) => parseSignal(name) ?? 'SIGTERM'),
  v.check(
    (signal) => signal !== 'SIGKILL' && signal !== 'SIGSTOP',
    ({ input }) => `expected a signal that a process can act on, found ${input}`,
  ),
);

/** A signal whose handlers the kernel shows us: it has them of real-time signals too, but nobody reads those. */
export const handledSignal = v.pipe(
  stopSignal,
  v.check((signal) => Object.hasOwn(signalNumbers, signal), expected('a signal that is no real-time one')),
);

/** What these do when they are sent to PID 1 is the same for all servers. */
const meaningful: readonly Signal[] = ['SIGTERM', 'SIGQUIT', 'SIGINT', 'SIGHUP', 'SIGUSR2'];
export const forwardedSignal = v.pipe(
  stopSignal,
  v.check(
    (signal) => !meaningful.includes(signal),
    ({ input }) => `${input} has another meaning for PID 1 and is never passed on`,
  ),
);

/** A regular expression, which is tested against a title or a command line. */
export const pattern = v.pipe(
  matching(
    new RegExp(`^[^\\0]{1,${patternMaxLength}}$`),
    `a regular expression of at most ${patternMaxLength} characters`,
  ),
  v.rawTransform<string, RegExp>(({ dataset, addIssue, NEVER }) => {
    const result = parsePattern(dataset.value);
    if (result.ok) return result.pattern;
    addIssue({ message: result.problem });
    return NEVER;
  }),
);

export const anyPath = matching(/^[^\0]+$/, 'a path');
export const label = matching(/^[\x21-\x7e]{1,64}$/, 'at most 64 characters of ASCII without spaces');
const portMax = 65_535;
export const port = integer(1, portMax, `a port from 1 to ${portMax}`);
/** Names end up in paths, in titles and in the names of instances. */
export const serviceName = matching(
  /^[a-z0-9][a-z0-9_-]{0,62}$/,
  'a name of at most 63 of a-z, 0-9, "-" and "_" that begins with a letter or a digit',
);

const builtIn = Object.keys(profiles) as ServerName[];
/** Those of whose processes something is known. */
export const workingServers = builtIn.filter((name): name is Exclude<ServerName, 'none'> => name !== 'none');
/** A built-in server or one of the configuration's own, which `server.ts` knows. */
export const serverName = v.union([v.picklist(builtIn), serviceName], expected('the name of a server'));
export const ownServerName = v.pipe(
  serviceName,
  v.check(
    (name) => !Object.hasOwn(profiles, name),
    ({ input }) => `${found(input)} is built in: expected another name, and like: ${input} to begin with it`,
  ),
);

export const hostAndPort = v.pipe(
  matching(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'a port or "host:port"'),
  v.check((address) => isPort(portOf(address)), expected(`a port from 1 to ${portMax} after the host`)),
);
/** Where to listen, as ppidshim reads it: nothing in it is looked up. */
const isListenAddress = (address: string): boolean =>
  /^\/[^\0]{1,106}$/.test(address) || (isPort(portOf(address)) && v.is(v.pipe(v.string(), v.ip()), hostOf(address)));
const whereToListen = expected('a port, "address:port" or an absolute path of at most 107 characters');
export const listenAddress = v.union(
  [
    v.pipe(
      port,
      v.transform((number) => `0.0.0.0:${number}`),
    ),
    v.pipe(v.string(), v.check(isListenAddress, whereToListen)),
  ],
  whereToListen,
);

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
const isPort = (number: number): boolean => number >= 1 && number <= portMax;
