import { describe, expect, it } from 'vitest';
import {
  recogniseServer,
  shellCommand,
  unreachedOperator,
  withArguments,
  type Argv,
} from '../../src/config/command.ts';
import type { Profile } from '../../src/model/profile.ts';
import { profiles } from '../../src/servers/profiles.ts';

it('hands text to a shell that steps aside', () => {
  expect(shellCommand('web -p $PORT')).toEqual(['/bin/sh', '-c', 'exec web -p $PORT']);
  expect(shellCommand(' exec  executor')).toEqual(['/bin/sh', '-c', 'exec executor']);
});

const nameFor = (command: Argv, own: readonly Profile[] = []): string =>
  recogniseServer(command, [...own, ...Object.values(profiles)]).name;

describe('recogniseServer', () => {
  const unicorns: Argv[] = [
    ['unicorn', '-c', 'unicorn.rb'],
    ['/usr/local/bin/unicorn_rails'],
    ['bundle', 'exec', 'unicorn'],
    shellCommand('bundle exec unicorn -c unicorn.rb'),
    ['sh', '-c', 'unicorn -c unicorn.rb'],
    ['/bin/bash', '-c', 'exec /usr/bin/unicorn'],
  ];
  it.each(unicorns.map((command) => [command]))('knows %j as unicorn', (command) => {
    expect(nameFor(command)).toBe('unicorn');
  });

  const others: Argv[] = [['sleep', 'unicorn'], ['unicornherder'], shellCommand('ruby app.rb'), ['sh', 'unicorn', 'x']];
  it.each(others.map((command) => [command]))('does not take %j for one', (command) => {
    expect(nameFor(command)).toBe('none');
  });
});

describe('recogniseServer among all', () => {
  const servers: [Argv, string][] = [
    [['nginx', '-g', 'daemon off;'], 'nginx'],
    [shellCommand('/usr/sbin/nginx -c a.conf'), 'nginx'],
    [['puma', '-w', '2'], 'puma'],
    [shellCommand('bundle exec puma'), 'puma'],
    [['php-fpm8.2', '-F'], 'php-fpm'],
    [['uwsgi', '--ini', 'a.ini'], 'uwsgi'],
    [['haproxy', '-W', '-f', 'a.cfg'], 'haproxy'],
    [['apache2', '-DFOREGROUND'], 'apache'],
    [['httpd', '-DFOREGROUND'], 'apache'],
    [['python3', '-m', 'gunicorn', 'app:app'], 'gunicorn'],
    [['unicornherder', '-u', 'gunicorn', '--', 'nginx'], 'none'],
  ];
  it.each(servers)('knows %j as %s', (command, server) => {
    expect(nameFor(command)).toBe(server);
  });
});

describe('recogniseServer with one of the configuration', () => {
  const own: Profile = { ...profiles.gunicorn, name: 'own', command: /^granian |^gunicorn /, roles: undefined };

  it.each([
    [['granian', 'app'], 'own'],
    [shellCommand('granian app'), 'own'],
    [['gunicorn', 'app'], 'own'],
    [['/usr/bin/gunicorn', 'app'], 'gunicorn'],
    [['sleep', 'granian '], 'none'],
  ] as [Argv, string][])('knows %j as %s', (command, server) => {
    expect(nameFor(command, [own])).toBe(server);
  });

  it('looks at the beginning of a line only, as it does of a title', () => {
    expect(nameFor(['x', 'y'.repeat(509), 'z'], [{ ...own, command: /z$/ }])).toBe('none');
    expect(nameFor(['x', 'y'.repeat(508), 'z'], [{ ...own, command: /z$/ }])).toBe('own');
  });
});

describe('withArguments', () => {
  const longer: [Argv, Argv][] = [
    [
      ['nginx', '-g', 'daemon off;'],
      ['nginx', '-g', 'daemon off;', '-t', '-q'],
    ],
    [shellCommand('nginx -c $CONF'), ['/bin/sh', '-c', 'exec nginx -c $CONF -t -q']],
    [
      ['bash', '-c', 'exec "$0" "$@"', 'nginx', 'x'],
      ['bash', '-c', 'exec "$0" "$@" -t -q', 'nginx', 'x'],
    ],
    [
      ['sh', '-c', 'cd /app && exec nginx'],
      ['sh', '-c', 'cd /app && exec nginx -t -q'],
    ],
    [
      ['sh', 'start.sh'],
      ['sh', 'start.sh', '-t', '-q'],
    ],
    [shellCommand('nginx\n'), ['/bin/sh', '-c', 'exec nginx -t -q']],
  ];
  it.each(longer)('makes %j: %j', (command, expected) => {
    expect(withArguments(command, ['-t', '-q'])).toEqual(expected);
  });
});

describe('unreachedOperator', () => {
  const reaching: [string, string][] = [
    ['cd /app && web', '&&'],
    ['web || true', '||'],
    ['web; echo done', ';'],
    ['web | tee log', '|'],
    ['web &', '&'],
    ['web\nother', 'the end of the line'],
  ];
  it.each(reaching)('finds in %j that the shell does not get past %s', (line, operator) => {
    expect(unreachedOperator(shellCommand(line))).toBe(operator);
  });

  it.each([
    'web -e "a && b"',
    "web -e 'a; b'",
    'web a\\;b',
    'web $(cat a | head -1)',
    'web `a; b`',
    'web 2>&1',
    'web &>log',
    'web >&2\n',
  ])('sees one program in %j', (line) => {
    expect(unreachedOperator(shellCommand(line))).toBeUndefined();
  });

  it('leaves a list alone', () => {
    expect(unreachedOperator(['sh', '-c', 'a && b'])).toBeUndefined();
    expect(unreachedOperator(['web', '&&'])).toBeUndefined();
  });
});
