import { describe, expect, it } from 'vitest';
import { findContradictions } from '../../src/config/contradictions.ts';
import { renderPath } from '../../src/config/issue.ts';
import type { ServiceShape } from '../../src/config/schema.ts';
import { checkShape } from '../../src/config/shape.ts';

function shapeOf(service: object): ServiceShape {
  const { shape, problems } = checkShape({ services: { web: { command: 'web', ...service } } });
  expect(problems).toEqual([]);
  return shape.services['web'] as ServiceShape;
}

const contradictionsIn = (service: object, hasRevisionFile = true, broken: readonly string[] = []): string[] =>
  findContradictions(shapeOf(service), hasRevisionFile, (key) => broken.includes(key)).map(
    ({ path, problem }) => `${renderPath(path)}: ${problem}`,
  );

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
    'health: expected port, socket, host and revisionHeader only beside http, found port and host',
  ],
  [{ reload: { soak: '2m' } }, 'reload.soak: expected less than reload.timeout (2m), found 2m'],
  [
    { reload: { strategy: 'reexec' } },
    'reload.strategy: the server "none" cannot re-execute itself: expected another strategy or server',
  ],
  [{ reload: { on: 'revision' } }, 'reload.on: a service with the strategy none is not reloaded: expected request'],
];

describe('findContradictions', () => {
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
    { reload: { soak: '119999ms' } },
    { command: 'exec unicorn', reload: { strategy: 'reexec', on: 'revision' } },
    { command: 'unicorn', server: 'none', reload: { strategy: 'none', on: 'request' } },
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
