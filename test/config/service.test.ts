import { describe, expect, it } from 'vitest';
import type { ServiceShape } from '../../src/config/schema.ts';
import { absolute, doubtsAbout, serviceSpec } from '../../src/config/service.ts';
import { checkShape } from '../../src/config/shape.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';

function specOf(service: object, hasRevisionFile = false): ServiceSpec {
  const { shape } = checkShape({ services: { web: service } });
  return serviceSpec('web', shape.services['web'] as ServiceShape, { directory: '/start', hasRevisionFile });
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
      user: undefined,
      server: 'none',
      health: undefined,
      restart: {
        policy: 'always',
        backoff: { minMs: 100, maxMs: 30_000 },
        giveUp: { after: 10, withinMs: 300_000 },
      },
      reload: { strategy: 'none', timeoutMs: 120_000, soakMs: 2_000, drainMs: 60_000, on: 'request' },
      stop: { signal: 'SIGTERM', timeoutMs: 8_000 },
      stdin: 'null',
    });
  });

  it('fills in what the recognised server can do', () => {
    const { server, reload, stop } = specOf({ command: 'bundle exec unicorn' }, true);
    expect([server, reload.strategy, reload.on, stop.signal]).toEqual(['unicorn', 'reexec', 'revision', 'SIGQUIT']);
  });

  it('lets the file overrule what it would recognise', () => {
    expect(specOf({ command: 'unicorn', server: 'none' }, true)).toMatchObject({
      server: 'none',
      reload: { strategy: 'none', on: 'request' },
      stop: { signal: 'SIGTERM' },
    });
    expect(specOf({ command: './start', server: 'unicorn', reload: { strategy: 'none' } }, true).reload.on).toBe(
      'request',
    );
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

  it('doubts a command that goes on after its program', () => {
    expect(doubtsIn({ command: 'cd /app && web' })).toEqual([
      'what follows "&&" does not run: use a list such as [sh, -c, "…"] to run it',
    ]);
  });
});
