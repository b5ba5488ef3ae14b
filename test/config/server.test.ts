import { describe, expect, it } from 'vitest';
import type { ServerShape } from '../../src/config/schema.ts';
import { profileFrom, serversWith, unknownServer } from '../../src/config/server.ts';
import { checkShape } from '../../src/config/shape.ts';
import type { Profile } from '../../src/model/profile.ts';
import { profiles } from '../../src/servers/profiles.ts';

function shapeOf(server: object): ServerShape {
  const { shape, problems } = checkShape({ services: {}, servers: { own: server } });
  expect(problems).toEqual([]);
  return shape.servers['own'] as ServerShape;
}

const profileOf = (server: object): Profile => profileFrom('own', shapeOf(server));

describe('profileFrom', () => {
  it('knows what is written and nothing else', () => {
    expect(profileOf({ signals: { gracefulStop: 'QUIT', quickStop: 'TERM' }, strategy: 'restart' })).toEqual({
      ...{ name: 'own', command: undefined, strategy: 'restart', cannot: {}, check: [] },
      signals: { gracefulStop: 'SIGQUIT', quickStop: 'SIGTERM', forwarded: [] },
      ...{ roles: undefined, reexec: undefined, scale: undefined, inPlace: undefined },
    });
  });

  it('takes everything from another but its name and its commands', () => {
    for (const like of ['unicorn', 'gunicorn', 'nginx', 'puma', 'php-fpm', 'uwsgi', 'haproxy', 'apache'] as const) {
      const other: Profile = profiles[like];
      expect(profileOf({ like })).toEqual({ ...other, name: 'own', command: undefined });
    }
  });

  const { unicorn } = profiles;
  const replaced: [object, Partial<Profile>][] = [
    [{ command: '^x' }, { command: /^x/ }],
    [{ signals: { quickStop: 'INT' } }, { signals: { ...unicorn.signals, quickStop: 'SIGINT' } }],
    [{ signals: { forwarded: [] } }, { signals: { ...unicorn.signals, forwarded: [] } }],
    [
      { master: { catches: ['HUP', 'USR2'] } },
      {
        roles: { ...unicorn.roles, readyMaster: { kind: 'catching', signals: ['SIGHUP', 'SIGUSR2'] } },
      } as Partial<Profile>,
    ],
    [
      { workers: { title: '^x' } },
      {
        roles: {
          ...{ readyMaster: unicorn.roles?.readyMaster, workerTitle: /^x/, helperTitle: undefined },
          ...{ readyWorker: undefined, workers: 'fixed' },
        },
      } as Partial<Profile>,
    ],
    [
      { reexec: { signal: 'WINCH' } },
      {
        reexec: { signal: 'SIGWINCH', appearsWithinMs: 2_000 },
        signals: { ...unicorn.signals, forwarded: ['SIGUSR1', 'SIGTTIN', 'SIGTTOU'] },
      },
    ],
    [
      { scale: { up: 'WINCH', down: 'TTOU' } },
      { scale: { up: 'SIGWINCH', down: 'SIGTTOU', atLeast: 1, takes: 'youngest', loads: 'own-release' } },
    ],
    [
      { strategy: 'signal', inPlace: { signal: 'HUP' } },
      { strategy: 'signal', inPlace: { signal: 'SIGHUP', showsWithinMs: 60_000, executes: false } },
    ],
    [{ check: ['-t'] }, { check: ['-t'] }],
  ];
  it.each(replaced)('replaces by %j what another says', (written, own) => {
    expect(profileOf({ like: 'unicorn', ...written })).toEqual({
      ...unicorn,
      ...{ name: 'own', command: undefined },
      ...own,
    });
  });
});

it('serversWith looks a command up among its own first', () => {
  const names = [...serversWith({ own: shapeOf({ like: 'nginx' }) }).keys()];
  expect(names).toEqual(['own', ...Object.keys(profiles)]);
});

describe('unknownServer', () => {
  it.each([
    ['granain', 'no server has the name "granain": did you mean granian?'],
    ['web', 'no server has the name "web": expected one of granian, nginx'],
  ])('says of %s: %s', (name, problem) => {
    expect(unknownServer(name, ['granian', 'nginx'])).toBe(problem);
  });

  it('does not list hundreds', () => {
    const known = Array.from({ length: 300 }, (_, index) => `server-${index}`);
    expect(unknownServer('x', known)).toMatch(/server-18, server-19 …$/);
  });
});
