import { readFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../src/config/defaults.ts';
import { configSchema, parseShape } from '../../src/config/schema.ts';
import { checkShape } from '../../src/config/shape.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly default?: unknown;
}

/** Each key that takes a value of its own, with its default: "services.NAME.stop.timeout" → "8s". */
function keysOf(schema: JsonSchema, path: string): Map<string, unknown> {
  const inner = schema.additionalProperties?.properties;
  if (inner !== undefined) return keysBelow(inner, `${path}.NAME`);
  return schema.properties === undefined ? new Map([[path, schema.default]]) : keysBelow(schema.properties, path);
}

const keysBelow = (properties: Readonly<Record<string, JsonSchema>>, path: string): Map<string, unknown> =>
  new Map(
    Object.entries(properties).flatMap(([key, below]) => [...keysOf(below, path === '' ? key : `${path}.${key}`)]),
  );

/** The reference's tables: key → what its column "default" says. */
function documentedKeys(): Map<string, string> {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8');
  const sections = /## Top level\n(.*)## A service\n(.*)## A server of your own\n(.*)## Values\n/s;
  const [, top = '', service = '', server = ''] = sections.exec(page) ?? [];
  const rows = (section: string, prefix: string): [string, string][] =>
    [...section.matchAll(/^\| `(?<key>[\w.]+)` \|[^|]*\| (?<value>[^|]*) \|/gm)].map(({ groups }) => [
      `${prefix}${groups?.['key']}`,
      groups?.['value']?.trim() ?? '',
    ]);
  return new Map([...rows(top, ''), ...rows(service, 'services.NAME.'), ...rows(server, 'servers.NAME.')]);
}

describe('the reference', () => {
  const schema = toJsonSchema(configSchema, { typeMode: 'input', errorMode: 'ignore' }) as JsonSchema;
  // `host` has its default only beside `http`, so the schema cannot give it.
  const inSchema = keysOf(schema, '').set('services.NAME.health.host', defaults.health.host);
  const documented = documentedKeys();

  it('lists the keys of the schema and no others', () => {
    expect([...documented.keys()].sort()).toEqual([...inSchema.keys()].sort());
  });

  it.each([...inSchema])('gives the default of %s', (key, value) => {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    if (isPlain) expect(documented.get(key)).toBe(`\`${String(value)}\``);
    else expect(documented.get(key)).not.toMatch(/^`[^`]*`$/);
  });
});

/** Every problem's message for one service with these keys. */
const messagesFor = (service: object): string[] =>
  checkShape({ services: { web: { command: 'web', ...service } } }).problems.map(({ problem }) => problem);

describe('the schema', () => {
  const label = 'at most 64 characters of ASCII without spaces';
  const cases: [object, string][] = [
    [{ command: '' }, 'expected a command, found ""'],
    [{ command: [] }, 'expected a command, found no program in the list'],
    [{ command: ['', 'x'] }, 'expected a command, found no program in the list'],
    [{ command: 'A=1 web' }, 'begins with an assignment: expected a command, and the variable in env'],
    [{ command: 'a\0b' }, 'expected text without NUL characters'],
    [{ command: ['a\0b'] }, 'expected text without NUL characters'],
    [{ command: [Infinity] }, 'expected text, found Infinity'],
    [{ prepare: 7 }, 'expected a command, as text or as a list, found 7'],
    [{ cwd: '' }, 'expected a path, found ""'],
    [{ env: [] }, 'expected a mapping, found a list'],
    [{ env: { 'A=B': 'x' } }, 'expected the name of a variable, found "A=B"'],
    [{ env: { A: null } }, 'expected text, found nothing'],
    [{ user: 'a b' }, 'expected "user", "user:group" or their numbers, found "a b"'],
    [{ user: 'app:' }, 'expected "user", "user:group" or their numbers, found "app:"'],
    [{ server: 7 }, 'expected the name of a server, found 7'],
    [
      { server: 'Nginx' },
      'expected a name of at most 63 of a-z, 0-9, "-" and "_" that begins with a letter or a digit, found "Nginx"',
    ],
    [{ instances: 0 }, 'expected a whole number from 1 to 1000, found 0'],
    [{ instances: 1001 }, 'expected a whole number from 1 to 1000, found 1001'],
    [{ instances: 1.5 }, 'expected a whole number from 1 to 1000, found 1.5'],
    [{ instances: '2' }, 'expected a whole number from 1 to 1000, found "2"'],
    [{ dependsOn: { a: 'up' } }, 'expected one of started, healthy, completed, found "up"'],
    [{ health: null }, 'expected a mapping, found nothing'],
    [{ health: { http: 'ping' } }, 'expected the path of a URL, such as "/ping", found "ping"'],
    [{ health: { http: '/a b' } }, 'expected the path of a URL, such as "/ping", found "/a b"'],
    [{ health: { port: 0 } }, 'expected a port from 1 to 65535, found 0'],
    [{ health: { port: 65536 } }, 'expected a port from 1 to 65535, found 65536'],
    [{ health: { tcp: ':80' } }, 'expected a port or "host:port", found ":80"'],
    [{ health: { tcp: true } }, 'expected a port or "host:port", found true'],
    [{ health: { tcp: 'a:65536' } }, 'expected a port from 1 to 65535 after the host, found "a:65536"'],
    [{ health: { socket: 'a.sock' } }, 'expected an absolute path of at most 107 characters, found "a.sock"'],
    [{ health: { host: 'a\r\nb' } }, 'expected the name of a host, found "a\\r\\nb"'],
    [{ health: { interval: '0s' } }, 'expected more than nothing, found 0'],
    [{ health: { retries: 0 } }, 'expected a whole number from 1 to 1000, found 0'],
    [{ readiness: 'soon' }, 'expected notify, health or a descriptor such as "fd:3", found "soon"'],
    [{ readiness: 'fd:3' }, 'not supported yet'],
    [{ restart: { policy: 'no' } }, 'expected one of always, on-failure, never, found "no"'],
    [{ restart: { giveUp: { after: 0 } } }, 'expected a whole number from 1 to 1000000, found 0'],
    [{ restart: { giveUp: { within: '0s' } } }, 'expected more than nothing, found 0'],
    ...['localhost:80', '80', '127.0.0.1', '127.0.0.1:0', '[127.0.0.1:80', 'run/web.sock', true].map(
      (address): [object, string] => [
        { listen: [address] },
        `expected a port, "address:port" or an absolute path of at most 107 characters, found ${JSON.stringify(address)}`,
      ],
    ),
    [{ listen: [65_536] }, 'expected a port from 1 to 65535, found 65536'],
    [{ listen: 80 }, 'expected a list of addresses, found 80'],
    [{ listen: Array.from({ length: 17 }, (_, index) => 8_000 + index) }, 'expected at most 16 addresses'],
    [{ reload: { strategy: 'hup' } }, 'expected one of reexec, overlap, signal, command, restart, none, found "hup"'],
    [{ reload: { signal: 'FOO' } }, 'expected the name of a signal, such as TERM, found "FOO"'],
    [{ reload: { signal: 'STOP' } }, 'expected a signal that a process can act on, found SIGSTOP'],
    [{ reload: { command: '' } }, 'expected a command, found ""'],
    [{ reload: { check: true } }, 'expected a command, or false, found true'],
    [{ reload: { check: [] } }, 'expected a command, or false, found a list'],
    [{ reload: { retry: { times: -1 } } }, 'expected a whole number from 0 to 100, found -1'],
    [{ reload: { retry: { times: 101 } } }, 'expected a whole number from 0 to 100, found 101'],
    [{ reload: { retry: { after: '0s' } } }, 'expected more than nothing, found 0'],
    [{ reload: { retry: { after: 5 } } }, 'expected a duration such as "10s", found 5, which has no unit'],
    [{ reload: { retry: 3 } }, 'expected a mapping, found 3'],
    [{ reload: { drain: '25h' } }, 'expected at most 24h, found 25h'],
    [{ reload: { soak: 'long' } }, 'expected a duration such as "10s", found "long"'],
    [{ reload: { soak: '2' } }, 'expected a duration such as "10s", found "2", which has no unit'],
    [{ stop: { timeout: 10 } }, 'expected a duration such as "10s", found 10, which has no unit'],
    [{ stop: { signal: 'FOO' } }, 'expected the name of a signal, such as TERM, found "FOO"'],
    [{ stop: { signal: 'kill' } }, 'expected a signal that a process can act on, found SIGKILL'],
    [{ stop: { signal: 19 } }, 'expected a signal that a process can act on, found SIGSTOP'],
    [{ workers: { recycleAbove: 512 } }, 'expected a size such as "512MiB", found 512, which has no unit'],
    [{ workers: { recycleAbove: '512MiB' } }, 'not supported yet'],
    [{ logs: { mode: 'text' } }, 'expected one of inherit, prefix, json, found "text"'],
  ];
  it.each(cases)('says of %j: %s', (service, message) => {
    expect(messagesFor(service)).toEqual([message]);
  });

  it.each([
    ['name', 'two words'],
    ['name', 'x'.repeat(65)],
    ['role', 'größe'],
  ])('refuses the %s %j', (key, value) => {
    const { issues } = parseShape({ [key]: value, services: { web: { command: 'web' } } });
    expect(issues?.map(({ message }) => message.replace(/, found.*/, ''))).toEqual([`expected ${label}`]);
  });

  it.each([
    [{ splay: 30 }, 'expected a duration such as "10s", found 30, which has no unit'],
    [{ canary: { percent: 101 } }, 'expected a whole number from 0 to 100, found 101'],
    [{ canary: { percent: 0.5 } }, 'expected a whole number from 0 to 100, found 0.5'],
    [{ canary: { percent: 20, after: '0s' } }, 'expected more than nothing, found 0'],
    [
      { canary: { percent: 20, on: 'web 7' } },
      'expected at most 255 characters of ASCII without spaces, found "web 7"',
    ],
  ])('says of the revision %j: %s', (revision, message) => {
    const { issues } = parseShape({ revision: { file: 'r', ...revision }, services: { web: { command: 'web' } } });
    expect(issues?.map((issue) => issue.message)).toEqual([message]);
  });

  it.each([
    [{ lock: '' }, 'expected a path, found ""'],
    [{ lock: 'l', atMost: 0 }, 'expected a whole number from 1 to 32, found 0'],
    [{ lock: 'l', atMost: 33 }, 'expected a whole number from 1 to 32, found 33'],
  ])('says of the rollout %j: %s', (rollout, message) => {
    const { issues } = parseShape({ rollout, services: { web: { command: 'web' } } });
    expect(issues?.map((issue) => issue.message)).toEqual([message]);
  });

  it.each([
    [{ watchdog: '2s' }, 'expected at least 3s, or off, found 2s'],
    [{ watchdog: '0s' }, 'expected at least 3s, or off, found 0ms'],
    [{ watchdog: '25h' }, 'expected at most 24h, found 25h'],
    [{ watchdog: 'no' }, 'expected a duration such as "10s", found "no"'],
    [{ watchdog: false }, 'expected a duration such as "30s", or off, found false'],
    [{ watchdog: 30 }, 'expected a duration such as "30s", or off, found 30'],
    [{ watchDog: '30s' }, 'unknown key: did you mean watchdog?'],
  ])('says of the supervisor %j: %s', (supervisor, message) => {
    const { problems } = checkShape({ services: { web: { command: 'web' } }, supervisor });
    expect(problems.map(({ problem }) => problem)).toEqual([message]);
  });

  it.each([
    [{ like: 'none' }, 'expected one of unicorn, gunicorn, nginx, puma, php-fpm, uwsgi, haproxy, apache, found "none"'],
    [{ command: '' }, 'expected a regular expression of at most 256 characters, found ""'],
    [
      { command: 'x'.repeat(257) },
      `expected a regular expression of at most 256 characters, found "${'x'.repeat(39)}…"`,
    ],
    [{ master: { title: '(' } }, 'expected a regular expression: unterminated group'],
    [{ master: { title: 7 } }, 'expected a regular expression of at most 256 characters, found 7'],
    [{ master: { catches: [] } }, 'expected a list of signals, found none in it'],
    [{ master: { catches: 'HUP' } }, 'expected a list of signals, found "HUP"'],
    [{ master: { catches: ['FOO'] } }, 'expected the name of a signal, such as TERM, found "FOO"'],
    [{ master: { catches: [37] } }, 'expected a signal that is no real-time one, found "SIG37"'],
    [{ signals: { gracefulStop: 'KILL' } }, 'expected a signal that a process can act on, found SIGKILL'],
    [{ signals: { forwarded: ['HUP'] } }, 'SIGHUP has another meaning for PID 1 and is never passed on'],
    [{ workers: { title: '(\\d+)+' } }, expect.stringContaining('a group that is repeated may hold neither') as string],
    [{ workers: { count: 2 } }, 'expected one of fixed, varying, found 2'],
    [{ strategy: 'command' }, 'expected one of reexec, overlap, signal, restart, none, found "command"'],
    [{ reexec: { signal: 'USR2', appearsWithin: 2 } }, 'expected a duration such as "10s", found 2, which has no unit'],
    [{ inPlace: { signal: 'HUP', executes: 'no' } }, 'expected true or false, found "no"'],
    [{ check: '-t' }, 'expected a list of arguments, found "-t"'],
  ])('says of the server %j: %s', (server, message) => {
    const { problems } = checkShape({ services: { web: { command: 'web' } }, servers: { own: server } });
    expect(problems.map(({ problem }) => problem)).toEqual([message]);
  });

  it('refuses the names of built-in servers', () => {
    const { problems } = checkShape({ services: { web: { command: 'web' } }, servers: { nginx: {} } });
    expect(problems).toEqual([
      {
        path: ['servers', 'nginx'],
        problem: '"nginx" is built in: expected another name, and like: nginx to begin with it',
      },
    ]);
  });

  it.each(['', 'A', '-a', '_a', 'a.b', 'a b', 'a/b', 'x'.repeat(64)])('refuses the service name %j', (name) => {
    expect(parseShape({ services: { [name]: { command: 'web' } } }).issues).toHaveLength(1);
  });

  it.each(['a', '1', 'a-b_c', 'x'.repeat(63)])('allows the service name %j', (name) => {
    expect(parseShape({ services: { [name]: { command: 'web' } } }).issues).toBeUndefined();
  });

  it.each([
    { user: 1000 },
    { user: 'app:www-data' },
    { stop: { signal: 'quit' } },
    { stop: { timeout: '0s' } },
    { server: 'apache' },
    { reload: { strategy: 'signal', signal: 'sighup' } },
    { reload: { strategy: 'command', command: ['x', 1] } },
    { reload: { check: false } },
    { reload: { check: 'make check' } },
    { reload: { retry: {} } },
    { reload: { retry: { times: 0, after: '1h' } } },
    { health: { tcp: '[::1]:80' } },
    { command: ['web', '', 8000, true] },
    { env: { 'npm-x.y': '' } },
    { dependsOn: undefined },
    { listen: [80, '127.0.0.1:80', '[::1]:80', '/run/web.sock'] },
  ])('allows %j', (service) => {
    expect(messagesFor(service)).toEqual([]);
  });
});
