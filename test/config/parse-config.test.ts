import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderIssue, type ConfigResult } from '../../src/config/issue.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/config/${name}`, import.meta.url), 'utf8');

const linesOf = (result: ConfigResult): string[] => (result.ok ? result.warnings : result.issues).map(renderIssue);

describe('parseConfig', () => {
  it('reads every supported key', () => {
    const result = parseConfig(fixture('every-key.yaml'), 'f', '/start');
    expect(linesOf(result)).toEqual([]);
    expect(result).toMatchObject({
      config: {
        name: 'shopify-unicorn',
        role: 'storefront',
        mode: 'services',
        revision: { file: '/start/current/REVISION' },
        rollout: {
          name: 'web-7',
          splayMs: 30_000,
          canary: { percent: 20, afterMs: 300_000 },
          permit: { lock: '/shared/shop.lock', atMost: 2 },
        },
        supervisor: { watchdogMs: 60_000, orphans: 'stop' },
        services: [
          {
            name: 'web',
            instances: 3,
            command: ['/opt/start', '--port', '8000'],
            prepare: ['/bin/sh', '-c', 'exec bin/prepare now'],
            cwd: '/srv/${instance}',
            env: { RAILS_ENV: 'production', PORT: '8000', RUBY: '3.10', MASK: '0x1F', DEBUG: 'True' },
            user: '1000:app',
            server: { name: 'unicorn' },
            health: {
              probe: { kind: 'http', path: '/ping', address: { kind: 'unix', path: '/run/web.sock' }, host: 'shop' },
              intervalMs: 5_000,
              timeoutMs: 1_000,
              retries: 2,
              startPeriodMs: 120_000,
            },
            restart: {
              policy: 'on-failure',
              backoff: { minMs: 1_000, maxMs: 60_000 },
              giveUp: { after: 3, withinMs: 3_600_000 },
            },
            reload: {
              ...{ strategy: 'reexec', timeoutMs: 90_000, soakMs: 500, drainMs: 30_000, on: 'revision' },
              ...{ check: ['/bin/sh', '-c', 'exec bin/check'], retry: { times: 2, afterMs: 10_000 } },
            },
            stop: { signal: 'SIGUSR1', timeoutMs: 30_000 },
            stdin: 'null',
            output: 'json',
          },
          {
            name: 'own',
            server: {
              name: 'granian',
              command: /^granian /,
              signals: { gracefulStop: 'SIGTERM', quickStop: 'SIGINT', forwarded: ['SIGUSR1', 'SIGTTIN'] },
              roles: {
                readyMaster: { kind: 'titled', title: /^granian master/ },
                workerTitle: /^granian worker (?<index>\d+)/,
                helperTitle: /^granian logger/,
                readyWorker: { catches: 'SIGUSR1', ignores: 'SIGUSR2' },
                workers: 'varying',
              },
              strategy: 'signal',
              reexec: { signal: 'SIGUSR2', appearsWithinMs: 5_000 },
              inPlace: { signal: 'SIGHUP', showsWithinMs: 30_000, executes: true },
              check: ['-t', '7'],
            },
            reload: { strategy: 'signal', check: ['/bin/sh', '-c', 'exec granian app -t 7'] },
            stop: { signal: 'SIGTERM' },
          },
        ],
      },
    });
  });

  it('lists all mistakes of all kinds at once, in the order of the file', () => {
    const expected = `
m:1:1: name: expected at most 64 characters of ASCII without spaces, found "two words"
m:2:1: revision.file: missing
m:3:3: revision.flie: unknown key: did you mean file?
m:4:3: revision.splay: expected a duration such as "10s", found 30, which has no unit
m:6:3: services.web.command: missing
m:7:5: services.web.comand: unknown key: did you mean command?
m:9:7: services.web.stop.timeout: expected a duration such as "10s", found 10, which has no unit
m:10:15: services.web.reload.soak: expected less than reload.timeout (2m), found 3m
m:11:3: services.Worker: expected a name of at most 63 of a-z, 0-9, "-" and "_" that begins with a letter or a digit, found "Worker"
m:14:5: services.mail.command: begins with an assignment: expected a command, and the variable in env
m:15:18: services.mail.dependsOn.wep: no service has the name "wep": did you mean web?
m:16:5: services.mail.health: expected exactly one of http, tcp and exec, found none
m:16:15: services.mail.health.timeout: expected at most health.interval (10s), found 20s`;
    expect(linesOf(parseConfig(fixture('many-mistakes.yaml'), 'm', '/'))).toEqual(expected.trim().split('\n'));
  });

  it('lists the mistakes of servers among them', () => {
    const text = `
servers:
  nginx: { like: nginx }
  own:
    signals: { gracefulStop: TERM, quikStop: INT }
    master: { title: "^own (" }
    workers: { ready: { ignores: USR2 } }
    strategy: reexec
  like: { like: unicorn, strategy: signal, signals: { forwarded: [TTIN, QUIT] } }
services:
  a: { command: own, reload: { strategy: reexec } }
  b: { command: x, server: owm }
  c: { command: x, server: lighttpd, reload: { strategy: reexec } }
  d: { command: x, server: own, reload: { strategy: reexec } }
`;
    const known = 'nginx, own, like, unicorn, gunicorn, puma, php-fpm, uwsgi, haproxy, apache, none';
    const expected = `
m:3:3: servers.nginx: "nginx" is built in: expected another name, and like: nginx to begin with it
m:5:36: servers.own.signals.quikStop: unknown key: did you mean quickStop?
m:6:15: servers.own.master.title: expected a regular expression: unterminated group
m:7:16: servers.own.workers.ready.catches: missing
m:8:5: servers.own.strategy: expected reexec beside it, found none
m:9:26: servers.like.strategy: expected inPlace beside it, found none
m:9:73: servers.like.signals.forwarded[1]: SIGQUIT has another meaning for PID 1 and is never passed on
m:12:20: services.b.server: no server has the name "owm": did you mean own?
m:13:20: services.c.server: no server has the name "lighttpd": expected one of ${known}`;
    expect(linesOf(parseConfig(text, 'm', '/'))).toEqual(expected.trim().split('\n'));
  });

  it.each([
    ['', 'f:1:1: it is empty: expected at least one service'],
    ['# only a comment\n', 'f:1:1: it is empty: expected at least one service'],
    ['services: {}', 'f:1:1: services: expected at least one service, found none'],
    ['services:', 'f:1:1: services: expected a mapping of services, found nothing'],
    ['services: {web: }', 'f:1:12: services.web: expected a mapping, found nothing'],
    ['- x', 'f:1:1: expected a mapping, found a list'],
    [
      'a: [',
      'f:1:5: cannot be read as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      '{\n\t"services": {\n\t\t"web": {"command": 7}}}',
      'f:3:11: services.web.command: expected a command, as text or as a list, found 7',
    ],
  ])('says of %j: %s', (text, line) => {
    expect(linesOf(parseConfig(text, 'f', '/'))).toEqual([line]);
  });

  it('says what it doubts', () => {
    const result = parseConfig('services:\n  web: {command: unicorn}', 'f', '/');
    expect(result.ok).toBe(true);
    expect(linesOf(result)).toEqual([
      'f:2:3: services.web: no health check: a reload proves only that the workers go on running',
    ]);
  });

  it('blames a revision section that is wrong, and not the services that follow it', () => {
    const text = 'revision: {flie: x}\nservices: {web: {command: unicorn, reload: {on: revision}}}';
    expect(linesOf(parseConfig(text, 'f', '/')).join()).not.toContain('services.web');
  });

  it('takes the name of the only service, or one for all of them', () => {
    const nameFor = (text: string): unknown => parseConfig(text, 'f', '/');
    expect(nameFor('services: {web: {command: x}}')).toMatchObject({ config: { name: 'web' } });
    expect(nameFor('services: {a: {command: x}, b: {command: x}}')).toMatchObject({ config: { name: 'services' } });
  });

  it('gives a result for any text', () => {
    const words = fc.constantFrom(
      ...['services', 'web', 'command', 'health', 'reload', 'revision', '__proto__', '<<', ': ', '\n', '\n  ', '- '],
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a ',
        '*a',
        '!!str ',
        '? ',
        '| ',
        '\t',
        '---',
        '%YAML 1.1',
        '\u2028',
        '\uD800',
        '🐙',
        '10s',
        '7',
        '#',
      ],
    );
    const soup = fc
      .array(fc.oneof(words, fc.string({ maxLength: 3, unit: 'binary-ascii' })))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(soup, (text) => {
        const result = parseConfig(text, 'f', '/');
        return (
          result.ok || (result.issues.length > 0 && linesOf(result).every((line) => /^f:\d+:\d+: [^\n]+$/.test(line)))
        );
      }),
      { numRuns: 500 },
    );
  });
});
