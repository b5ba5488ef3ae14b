import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { haproxy } from '../../src/servers/haproxy.ts';

describe('haproxy', () => {
  it.each(['haproxy -W -f a.cfg', '/usr/sbin/haproxy -Ws -f a.cfg', 'exec haproxy -W', 'haproxy'])(
    'is recognised by its command: %s',
    (command) => {
      expect(haproxy.command?.test(command)).toBe(true);
    },
  );

  it.each(['haproxyish', 'haproxy-exporter', 'echo haproxy', 'my-haproxy', 'haproxy.sh'])(
    'is not recognised in %s',
    (command) => {
      expect(haproxy.command?.test(command)).toBe(false);
    },
  );

  it('shows by its handlers that it may be signalled, whatever it is titled', () => {
    const mark = haproxy.roles?.readyMaster;
    const title = 'haproxy -sf 12 -x sockpair@4 -W -f a.cfg';
    expect(mark && shows(mark, { title, catches: ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] })).toBe(true);
    expect(mark && shows(mark, { title, catches: ['SIGUSR1'] })).toBe(false);
  });

  it('executes itself on each reload, so that this is no sign of anything', () => {
    expect(haproxy.inPlace).toMatchObject({ signal: 'SIGUSR2', executes: false });
    expect([haproxy.strategy, haproxy.check, haproxy.roles?.workerTitle]).toEqual(['signal', ['-c'], undefined]);
  });

  it('may take as long to see that a new port is taken', () => {
    expect(haproxy.inPlace?.showsWithinMs).toBeGreaterThan(2_000);
  });

  it('is stopped gently by USR1', () => {
    expect(haproxy.signals).toEqual({ gracefulStop: 'SIGUSR1', quickStop: 'SIGTERM', forwarded: [] });
  });
});
