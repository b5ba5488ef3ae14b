import { describe, expect, it } from 'vitest';
import { isReady } from '../../src/machine/reload/roles.ts';
import { shows } from '../../src/model/profile.ts';
import { puma } from '../../src/servers/puma.ts';

describe('puma', () => {
  it.each([
    'puma',
    'puma -C config/puma.rb',
    'bundle exec puma -w 2',
    '/usr/bin/bundle exec /gems/bin/puma',
    'exec bundle exec puma',
    'ruby /usr/bin/puma -w 2',
    '/usr/local/bin/puma',
    'exec puma',
  ])('is recognised by its command: %s', (command) => {
    expect(puma.command?.test(command)).toBe(true);
  });

  it.each(['pumactl start', 'puma-dev', 'echo puma', 'my-puma', '/opt/puma/bin/unicorn', 'puma.rb'])(
    'is not recognised in %s',
    (command) => {
      expect(puma.command?.test(command)).toBe(false);
    },
  );

  it.each([
    { title: 'puma 5.6.5 (tcp://127.0.0.1:9292) [app]', master: true, worker: undefined },
    { title: 'puma 6.4.2 (unix:///run/puma.sock)', master: true, worker: undefined },
    { title: 'puma: cluster worker 0: 4711 [app]', master: false, worker: '0' },
    { title: 'puma: cluster worker 12: 4711 [app]', master: false, worker: '12' },
    { title: 'ruby /usr/bin/puma -w 2', master: false, worker: undefined },
    { title: 'puma -w 2', master: false, worker: undefined },
  ])('reads the role from the title "$title"', ({ title, master, worker }) => {
    expect(puma.roles && shows(puma.roles.readyMaster, { title, catches: ['SIGUSR1'] })).toBe(master);
    expect(puma.roles?.workerTitle?.exec(title)?.groups?.['index']).toBe(worker);
  });

  it('is told by USR1 to replace its workers one by one, and has time for it', () => {
    expect(puma.inPlace).toMatchObject({ signal: 'SIGUSR1', executes: false });
    expect(puma.inPlace?.showsWithinMs).toBeGreaterThanOrEqual(10_000);
    expect([puma.strategy, puma.roles?.workers, puma.check]).toEqual(['signal', 'fixed', []]);
  });

  it('shows by the thread that accepts that a worker has loaded the application', () => {
    const worker = { pid: 1, startTicks: 1, parentPid: 0, state: 'S', title: '', image: '', catches: [] };
    const readyWith = (...threads: string[]): boolean => isReady(puma.roles, { ...worker, threads });
    expect(readyWith('puma')).toBe(false);
    expect(readyWith('puma', 'puma wrkr check')).toBe(false);
    expect(readyWith('puma', 'puma wrkr check', 'puma srv tp 001', 'puma srv')).toBe(true);
    expect(isReady(puma.roles, worker)).toBe(false);
  });

  it('is not taken for one that boots where its threads have other names', () => {
    const worker = { pid: 1, startTicks: 1, parentPid: 0, state: 'S', title: '', image: '', catches: [] };
    expect(isReady(puma.roles, { ...worker, threads: ['ruby', 'ruby'] })).toBe(true);
  });

  it('is never sent HUP, which would stop it', () => {
    expect(puma.signals).toEqual({
      ...{ gracefulStop: 'SIGTERM', quickStop: 'SIGINT', forwarded: ['SIGTTIN', 'SIGTTOU'] },
    });
  });
});
