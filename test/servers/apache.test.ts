import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { apache } from '../../src/servers/apache.ts';

describe('apache', () => {
  it.each([
    'apache2 -DFOREGROUND',
    'httpd -DFOREGROUND',
    '/usr/sbin/apache2 -D FOREGROUND -f a',
    '/usr/local/apache2/bin/httpd -DFOREGROUND',
    'exec httpd -DFOREGROUND',
    'apache2',
  ])('is recognised by its command: %s', (command) => {
    expect(apache.command?.test(command)).toBe(true);
  });

  it.each(['apache2ctl start', 'apachectl -DFOREGROUND', 'echo httpd', 'lighttpd -D', 'my-httpd', 'httpd.sh'])(
    'is not recognised in %s',
    (command) => {
      expect(apache.command?.test(command)).toBe(false);
    },
  );

  it('shows by its handlers that it may be signalled, for its title is its command line', () => {
    const mark = apache.roles?.readyMaster;
    const title = '/usr/sbin/apache2 -DFOREGROUND';
    expect(mark && shows(mark, { title, catches: ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGWINCH'] })).toBe(true);
    expect(mark && shows(mark, { title, catches: ['SIGHUP', 'SIGTERM'] })).toBe(false);
  });

  it('is told by USR1 to replace its children, of which there are as many as there is work for', () => {
    expect(apache.inPlace).toMatchObject({ signal: 'SIGUSR1', executes: false });
    expect([apache.strategy, apache.roles?.workers, apache.check]).toEqual(['signal', 'varying', ['-t']]);
  });

  it('is stopped gently by WINCH, so that nobody may pass that on', () => {
    expect(apache.signals).toEqual({ gracefulStop: 'SIGWINCH', quickStop: 'SIGTERM', forwarded: [] });
  });
});
