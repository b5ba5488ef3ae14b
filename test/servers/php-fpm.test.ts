import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import type { Signal } from '../../src/model/signal.ts';
import { phpFpm } from '../../src/servers/php-fpm.ts';

describe('php-fpm', () => {
  it.each([
    'php-fpm -F',
    'php-fpm8.2 -F -y a.conf',
    '/usr/sbin/php-fpm8.2 --nodaemonize',
    '/usr/local/sbin/php-fpm',
    'exec php-fpm -F',
    'php-fpm7',
  ])('is recognised by its command: %s', (command) => {
    expect(phpFpm.command?.test(command)).toBe(true);
  });

  it.each(['php -S 0.0.0.0:80', 'php-fpm-exporter', 'echo php-fpm', 'my-php-fpm', 'php-cgi'])(
    'is not recognised in %s',
    (command) => {
      expect(phpFpm.command?.test(command)).toBe(false);
    },
  );

  it.each([
    { title: 'php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)', worker: false, helper: false },
    { title: 'php-fpm: pool www', worker: true, helper: false },
    { title: 'php-fpm: pool api', worker: true, helper: false },
    { title: 'php-fpm8.2 -F', worker: false, helper: false },
  ])('reads the role from the title "$title"', ({ title, worker, helper }) => {
    const { roles } = phpFpm;
    expect(roles?.workerTitle?.test(title) ?? false).toBe(worker);
    expect(roles?.helperTitle?.test(title) ?? false).toBe(helper);
  });

  it('has a master that can be told once it catches the signal, which its title is too early for', () => {
    const title = 'php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)';
    const isReady = (catches: readonly Signal[]) => phpFpm.roles && shows(phpFpm.roles.readyMaster, { title, catches });
    expect([isReady([]), isReady(['SIGTERM', 'SIGUSR2'])]).toEqual([false, true]);
  });

  it('executes itself after the requests in flight, for which it has time', () => {
    expect(phpFpm.inPlace).toMatchObject({ signal: 'SIGUSR2', executes: true });
    expect(phpFpm.inPlace?.showsWithinMs).toBeGreaterThanOrEqual(10_000);
    expect([phpFpm.strategy, phpFpm.check]).toEqual(['signal', ['-t']]);
  });

  it('has as many workers as there is work for', () => {
    expect(phpFpm.roles?.workers).toBe('varying');
  });

  it('is stopped gently by QUIT', () => {
    expect(phpFpm.signals).toMatchObject({ gracefulStop: 'SIGQUIT', quickStop: 'SIGTERM' });
  });
});
