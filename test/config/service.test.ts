import { describe, expect, it } from 'vitest';
import type { ServiceShape } from '../../src/config/schema.ts';
import { absolute, doubtsAbout, serviceSpec } from '../../src/config/service.ts';
import { serversWith } from '../../src/config/server.ts';
import { checkShape } from '../../src/config/shape.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { profiles } from '../../src/servers/profiles.ts';

function specOf(service: object, hasRevisionFile = false): ServiceSpec {
  const { shape } = checkShape({ services: { web: service } });
  return serviceSpec('web', shape.services['web'] as ServiceShape, {
    ...{ directory: '/start', hasRevisionFile, servers: serversWith({}) },
  });
}

describe('serviceSpec', () => {
  it('fills every default in', () => {
    expect(specOf({ command: ['web'] })).toEqual({
      name: 'web',
      instances: 1,
      command: ['web'],
      prepare: undefined,
      cwd: '/start',
      env: {},
      listen: [],
      user: undefined,
      server: profiles.none,
      health: undefined,
      restart: {
        policy: 'always',
        backoff: { minMs: 100, maxMs: 30_000 },
        giveUp: { after: 10, withinMs: 300_000 },
      },
      reload: {
        ...{
          strategy: 'none',
          handover: 'together',
          timeoutMs: 120_000,
          soakMs: 2_000,
          drainMs: 60_000,
          on: 'request',
        },
        ...{ check: undefined, command: undefined, retry: { times: 0, afterMs: 30_000 } },
      },
      stop: { signal: 'SIGTERM', timeoutMs: 8_000 },
      stdin: 'null',
      output: 'inherit',
    });
  });

  it('fills in what the recognised server can do', () => {
    const { server, reload, stop } = specOf({ command: 'bundle exec unicorn' }, true);
    expect([server, reload.strategy, reload.on]).toEqual([profiles.unicorn, 'reexec', 'revision']);
    expect([reload.check, stop.signal]).toEqual([undefined, 'SIGQUIT']);
  });

  it('lets the file overrule what it would recognise', () => {
    expect(specOf({ command: 'unicorn', server: 'none' }, true)).toMatchObject({
      server: { name: 'none' },
      reload: { strategy: 'none', on: 'request' },
      stop: { signal: 'SIGTERM' },
    });
    expect(specOf({ command: './start', server: 'unicorn', reload: { strategy: 'none' } }, true).reload.on).toBe(
      'request',
    );
  });
});

describe('the reload of a service', () => {
  it('is what is written', () => {
    const retry = { times: 3, after: '5s' };
    const reload = { strategy: 'command', command: ['nginx', '-s', 'reload'], check: 'make check', retry };
    expect(specOf({ command: 'nginx', reload }).reload).toMatchObject({
      ...{ strategy: 'command', command: ['nginx', '-s', 'reload'], check: ['/bin/sh', '-c', 'exec make check'] },
      retry: { times: 3, afterMs: 5_000 },
    });
  });

  it.each([
    { service: { command: ['nginx', '-c', 'a'] }, check: ['nginx', '-c', 'a', '-t'] },
    { service: { command: 'nginx -c a' }, check: ['/bin/sh', '-c', 'exec nginx -c a -t'] },
    { service: { command: ['haproxy', '-W', '-f', 'a'] }, check: ['haproxy', '-W', '-f', 'a', '-c'] },
    { service: { command: ['nginx'], reload: { check: false } }, check: undefined },
    { service: { command: 'nginx && true' }, check: undefined },
    { service: { command: 'nginx # in front' }, check: undefined },
    { service: { command: ['nginx'], reload: { check: ['true'] } }, check: ['true'] },
    { service: { command: ['puma'] }, check: undefined },
    { service: { command: ['./start'], server: 'apache' }, check: ['./start', '-t'] },
  ])('of $service is checked by $check', ({ service, check }) => {
    expect(specOf(service).reload.check).toEqual(check);
  });

  it.each([
    { service: { command: 'nginx' }, inPlace: profiles.nginx.inPlace },
    { service: { command: 'unicorn' }, inPlace: undefined },
    {
      service: { command: 'nginx', reload: { signal: 'USR2' } },
      inPlace: { ...profiles.nginx.inPlace, signal: 'SIGUSR2' },
    },
    {
      service: { command: './own', reload: { strategy: 'signal', signal: 'hup' } },
      inPlace: { signal: 'SIGHUP', showsWithinMs: 60_000, executes: false },
    },
  ])('of $service sends $inPlace.signal', ({ service, inPlace }) => {
    expect(specOf(service).server.inPlace).toEqual(inPlace);
  });
});

it.each([
  [undefined, '/start', '/start'],
  ['/a/../b', '/start', '/a/../b'],
  ['current/../x', '/start', '/start/current/../x'],
  ['x', '/', '/x'],
])('makes of the path %j below %s: %s', (path, directory, result) => {
  expect(absolute(path, directory)).toBe(result);
});

describe('doubtsAbout', () => {
  const doubtsIn = (service: object): string[] => doubtsAbout(specOf(service)).map(({ problem }) => problem);

  it('doubts a reload without a health check', () => {
    expect(doubtsIn({ command: 'unicorn' })).toEqual([
      'no health check: a reload proves only that the workers go on running',
    ]);
    expect(doubtsIn({ command: 'unicorn', health: { tcp: 80 } })).toEqual([]);
    expect(doubtsIn({ command: 'unicorn', reload: { strategy: 'none' } })).toEqual([]);
  });

  it('doubts that old workers come back with their own code where they may load any', () => {
    const stepwise = { health: { tcp: 80 }, reload: { handover: 'stepwise' } };
    expect(doubtsIn({ command: 'gunicorn app', ...stepwise })).toEqual([
      'old workers that a roll back starts again run what the link means by then: have the server preload the application',
    ]);
    expect(doubtsIn({ command: 'unicorn', ...stepwise })).toEqual([]);
  });

  it('doubts a command that goes on after its program', () => {
    expect(doubtsIn({ command: 'cd /app && web' })).toEqual([
      'what follows "&&" does not run: use a list such as [sh, -c, "…"] to run it',
    ]);
  });
});
