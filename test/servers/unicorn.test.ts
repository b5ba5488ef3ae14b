import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { unicorn } from '../../src/servers/unicorn.ts';

describe('unicorn', () => {
  it.each([
    'unicorn -c unicorn.conf.rb',
    'unicorn',
    '/usr/bin/unicorn -c a',
    'unicorn_rails',
    'bundle exec unicorn -c a',
    '/usr/bin/bundle exec /gems/bin/unicorn -c a',
    'ruby /usr/bin/unicorn',
    'exec unicorn -c a',
    'exec bundle exec unicorn',
    'rainbows -c a',
  ])('is recognised by its command: %s', (command) => {
    expect(unicorn.command?.test(command)).toBe(true);
  });

  it.each(['unicornish', 'echo unicorn', '/opt/unicorn/bin/puma', 'my-unicorn', 'unicorn.rb'])(
    'is not recognised in %s',
    (command) => {
      expect(unicorn.command?.test(command)).toBe(false);
    },
  );

  it.each([
    { title: 'unicorn master -c unicorn.conf.rb', master: true, worker: undefined },
    { title: 'rainbows master -c a', master: true, worker: undefined },
    { title: 'rainbows worker[1] -c a', master: false, worker: '1' },
    { title: 'unicorn master', master: true, worker: undefined },
    { title: 'unicorn_rails master -c a', master: true, worker: undefined },
    { title: 'unicorn worker[0] -c unicorn.conf.rb', master: false, worker: '0' },
    { title: 'unicorn worker[12] -c a', master: false, worker: '12' },
    { title: '/usr/bin/ruby /usr/bin/unicorn -c a', master: false, worker: undefined },
  ])('reads the role from the title "$title"', ({ title, master, worker }) => {
    expect(unicorn.roles && shows(unicorn.roles.readyMaster, { title, catches: [] })).toBe(master);
    expect(unicorn.roles?.workerTitle?.exec(title)?.groups?.['index']).toBe(worker);
  });

  it('is replaced beside itself, for HUP would end its old workers first', () => {
    expect([unicorn.strategy, unicorn.reexec?.signal, unicorn.inPlace]).toEqual(['reexec', 'SIGUSR2', undefined]);
    expect(unicorn.signals).toMatchObject({ gracefulStop: 'SIGQUIT', quickStop: 'SIGTERM' });
    expect(unicorn.cannot).toHaveProperty('signal');
  });

  it('goes down to no worker at all, and takes away the one with the highest number', () => {
    expect(unicorn.scale).toEqual({
      up: 'SIGTTIN',
      down: 'SIGTTOU',
      atLeast: 0,
      takes: 'youngest',
      loads: 'own-release',
    });
  });
});
