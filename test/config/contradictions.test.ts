import { describe, expect, it } from 'vitest';
import { findContradictions } from '../../src/config/contradictions.ts';
import { renderPath } from '../../src/config/issue.ts';
import type { ServiceShape } from '../../src/config/schema.ts';
import { serversWith } from '../../src/config/server.ts';
import { checkShape } from '../../src/config/shape.ts';

function shapeOf(service: object): ServiceShape {
  const { shape, problems } = checkShape({ services: { web: { command: 'web', ...service } } });
  expect(problems).toEqual([]);
  return shape.services['web'] as ServiceShape;
}

const contradictionsIn = (service: object, hasRevisionFile = true, broken: readonly string[] = []): string[] =>
  findContradictions(shapeOf(service), { hasRevisionFile, servers: serversWith({}) }, (key) =>
    broken.includes(key),
  ).map(({ path, problem }) => `${renderPath(path)}: ${problem}`);

const contradictory: [object, string][] = [
  [
    { restart: { backoff: { min: '2s', max: '1s' } } },
    'restart.backoff.min: expected at most backoff.max (1s), found 2s',
  ],
  [{ restart: { backoff: { min: '40s' } } }, 'restart.backoff.min: expected at most backoff.max (30s), found 40s'],
  [
    { health: { tcp: 80, interval: '1s', timeout: '1500ms' } },
    'health.timeout: expected at most health.interval (1s), found 1500ms',
  ],
  [{ health: {} }, 'health: expected exactly one of http, tcp and exec, found none'],
  [{ health: { tcp: 80, exec: 'x' } }, 'health: expected exactly one of http, tcp and exec, found tcp and exec'],
  [{ health: { http: '/' } }, 'health: expected exactly one of port and socket beside http, found none'],
  [
    { health: { http: '/', port: 1, socket: '/s' } },
    'health: expected exactly one of port and socket beside http, found port and socket',
  ],
  [
    { health: { tcp: 80, port: 1, host: 'x' } },
    'health: expected port, socket, host, revisionHeader and revisionBody only beside http, found port and host',
  ],
  [
    { health: { exec: 'x', revisionBody: true } },
    'health: expected port, socket, host, revisionHeader and revisionBody only beside http, found revisionBody',
  ],
  [
    { health: { http: '/', port: 1, revisionHeader: 'X-Revision', revisionBody: true } },
    'health: expected at most one of revisionHeader and revisionBody, found both',
  ],
  [{ reload: { soak: '2m' } }, 'reload.soak: expected less than reload.timeout (2m), found 2m'],
  [
    { reload: { strategy: 'reexec' } },
    'reload.strategy: the server "none" cannot: nothing is known of how it executes itself anew',
  ],
  [
    { server: 'nginx', reload: { strategy: 'reexec' } },
    'reload.strategy: the server "nginx" cannot: it ignores USR2 for as long as its parent is the process that started it',
  ],
  [
    { command: 'haproxy -W', reload: { strategy: 'reexec' } },
    'reload.strategy: the server "haproxy" cannot: it executes itself in place',
  ],
  [
    { server: 'nginx', reload: { handover: 'stepwise' } },
    'reload.handover: stepwise needs the strategy reexec, found signal: expected together, or another strategy',
  ],
  [
    { reload: { strategy: 'signal' } },
    'reload.strategy: the server "none" cannot: nothing is known of how it is reloaded: expected another strategy, or reload.signal',
  ],
  [
    { command: 'unicorn', reload: { strategy: 'signal' } },
    'reload.strategy: the server "unicorn" cannot: HUP ends its old workers before the new ones have booted: expected another strategy, or reload.signal',
  ],
  [{ reload: { strategy: 'command' } }, 'reload.strategy: expected reload.command beside it, found none'],
  [
    { reload: { strategy: 'overlap' } },
    'reload.strategy: expected listen beside it, for the sockets that both generations share, found none',
  ],
  [
    { server: 'haproxy', reload: { strategy: 'overlap' } },
    'reload.strategy: expected listen beside it, for the sockets that both generations share, found none',
  ],
  [
    { server: 'nginx', reload: { strategy: 'overlap' } },
    'reload.strategy: the server "nginx" cannot: it takes sockets from nobody but another nginx',
  ],
  [{ server: 'apache', listen: [80] }, 'listen: the server "apache" cannot: it takes no sockets'],
  [
    { listen: [80, '/run/${instance}.sock'], instances: 2 },
    'listen: expected paths with ${instance} in each: 2 instances cannot listen on the same address',
  ],
  [{ reload: { command: 'touch restart.txt' } }, 'reload.command: expected only with the strategy command'],
  [
    { server: 'nginx', reload: { strategy: 'restart', command: 'nginx -s reload' } },
    'reload.command: expected only with the strategy command',
  ],
  [{ reload: { signal: 'HUP' } }, 'reload.signal: expected only with the strategy signal'],
  [{ command: 'unicorn', reload: { signal: 'HUP' } }, 'reload.signal: expected only with the strategy signal'],
  [
    { command: 'nginx', reload: { strategy: 'restart', signal: 'HUP' } },
    'reload.signal: expected only with the strategy signal',
  ],
  [{ reload: { on: 'revision' } }, 'reload.on: a service with the strategy none is not reloaded: expected request'],
];

const own = {
  ...{ signals: { gracefulStop: 'TERM', quickStop: 'INT' }, strategy: 'reexec', reexec: { signal: 'USR2' } },
  ...{ master: { title: '^m' }, workers: { title: '^w' }, scale: { up: 'TTIN', down: 'TTOU' } },
};

describe('findContradictions', () => {
  const unscaled =
    'the server "own" cannot: nothing is known of how it is told to have one worker more or fewer; ' +
    'expected together, or scale in a server of your own';
  it.each([
    { server: own, found: [] },
    { server: { ...own, scale: undefined }, found: [`reload.handover: ${unscaled}`] },
    {
      server: { ...own, workers: { title: '^w', count: 'varying' } },
      found: [
        'reload.handover: the server "own" cannot: it has as many workers as there is work for; expected together',
      ],
    },
  ])('finds what keeps a server of the user from a stepwise hand-over: $found', ({ server, found }) => {
    const service = { command: 'own', server: 'own', reload: { handover: 'stepwise' } };
    const { shape } = checkShape({ services: { web: service }, servers: { own: server } });
    const around = { hasRevisionFile: true, servers: serversWith(shape.servers) };
    const problems = findContradictions(shape.services['web'] as ServiceShape, around, () => false);
    expect(problems.map(({ path, problem }) => `${renderPath(path)}: ${problem}`)).toEqual(found);
  });

  it.each(contradictory)('finds in %j: %s', (service, line) => {
    expect(contradictionsIn(service)).toEqual([line]);
  });

  it('finds a service that follows a revision that nobody writes', () => {
    const service = { server: 'unicorn', reload: { on: 'revision' } };
    expect(contradictionsIn(service)).toEqual([]);
    expect(contradictionsIn(service, false)).toEqual([
      'reload.on: no revision file is configured: expected request, or revision.file',
    ]);
  });

  it.each([
    {},
    { restart: { backoff: { min: '30s' } } },
    { health: { http: '/', socket: '/s', host: 'x', timeout: '10s' } },
    { health: { exec: 'x' } },
    { health: { exec: 'x', revisionBody: false } },
    { health: { http: '/', port: 1, revisionBody: true } },
    { health: { http: '/', port: 1, revisionHeader: 'X-Revision', revisionBody: false } },
    { reload: { soak: '119999ms' } },
    { command: 'exec unicorn', reload: { strategy: 'reexec', on: 'revision' } },
    { command: 'unicorn', server: 'none', reload: { strategy: 'none', on: 'request' } },
    { command: 'nginx', reload: { on: 'revision' } },
    { command: 'nginx', reload: { signal: 'USR2' } },
    { reload: { strategy: 'overlap' }, listen: [80] },
    { listen: ['/run/${instance}.sock'], instances: 2 },
    { reload: { strategy: 'signal', signal: 'HUP', on: 'revision' } },
    { command: 'unicorn', reload: { strategy: 'signal', signal: 'HUP' } },
    { reload: { strategy: 'command', command: 'nginx -s reload', on: 'revision' } },
    { reload: { strategy: 'restart', on: 'revision' } },
    { command: 'unicorn', reload: { strategy: 'restart' } },
    { reload: { check: 'make check' } },
    { reload: { check: false } },
    { command: 'unicorn', reload: { handover: 'stepwise' } },
    { server: 'gunicorn', reload: { handover: 'stepwise' } },
    { command: 'nginx', reload: { handover: 'together' } },
  ])('finds nothing in %j', (service) => {
    expect(contradictionsIn(service)).toEqual([]);
  });

  it('does not judge what is already known to be wrong', () => {
    const service = { health: {}, restart: { backoff: { min: '40s' } }, reload: { strategy: 'reexec' } };
    expect(contradictionsIn(service)).toHaveLength(3);
    expect(contradictionsIn(service, true, ['health'])).toHaveLength(2);
    expect(contradictionsIn(service, true, ['health', 'restart', 'command'])).toHaveLength(0);
  });
});
