import { expect, it } from 'vitest';
import type { Profile } from '../../src/model/profile.ts';
import { profiles, type ServerName } from '../../src/servers/profiles.ts';

const all: readonly Profile[] = Object.values(profiles);

it('every profile is kept under its own name', () => {
  for (const [name, profile] of Object.entries(profiles)) expect(profile.name).toBe(name);
});

it('no signal that stops a server is passed on as it is', () => {
  for (const { signals, reexec, inPlace } of all) {
    const stopping = [signals.gracefulStop, signals.quickStop, 'SIGKILL', 'SIGSTOP', reexec?.signal, inPlace?.signal];
    expect(signals.forwarded.filter((signal) => stopping.includes(signal))).toEqual([]);
  }
});

it('every server can be reloaded as it is by habit, and says why it cannot be otherwise', () => {
  const ways = { reexec: 'reexec', signal: 'inPlace' } as const;
  for (const profile of all) {
    if (profile.strategy === 'none') continue;
    for (const [strategy, way] of Object.entries(ways)) {
      const can = profile[way] !== undefined;
      if (profile.strategy === strategy) expect(can, profile.name).toBe(true);
      if (!can) expect(Object.keys(profile.cannot), profile.name).toContain(strategy);
    }
  }
});

it('no command line is recognised as two servers', () => {
  const lines = [
    'unicorn',
    'rainbows',
    'gunicorn',
    'nginx',
    'puma',
    'php-fpm8.2',
    'uwsgi',
    'haproxy',
    'apache2',
    'httpd',
  ];
  const known = (line: string) => all.filter(({ command }) => command?.test(line)).map(({ name }) => name);
  for (const line of lines) expect(known(`/usr/bin/${line} -x`), line).toHaveLength(1);
  expect(known('sleep 1')).toEqual([]);
});

it('no server takes its own master for a worker, nor a worker for a helper', () => {
  for (const { name, roles } of all) {
    const masters = {
      unicorn: 'unicorn master -c a',
      gunicorn: 'gunicorn: master [shop]',
      nginx: 'nginx: master process nginx -c a',
      puma: 'puma 5.6.5 (tcp://0.0.0.0:80) [shop]',
      'php-fpm': 'php-fpm: master process (/etc/php-fpm.conf)',
      uwsgi: 'uWSGI master',
      haproxy: 'haproxy -W -f a',
      apache: '/usr/sbin/apache2 -DFOREGROUND',
      none: 'sleep 1',
    } as const satisfies Record<ServerName, string>;
    const title = masters[name as ServerName];
    expect(roles?.workerTitle?.test(title) ?? false, name).toBe(false);
    expect(roles?.helperTitle?.test(title) ?? false, name).toBe(false);
  }
});
