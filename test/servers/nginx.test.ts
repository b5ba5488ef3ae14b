import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { nginx } from '../../src/servers/nginx.ts';

describe('nginx', () => {
  it.each(['nginx', 'nginx -g "daemon off;"', '/usr/sbin/nginx -c a.conf', 'exec nginx', 'exec /usr/sbin/nginx -c a'])(
    'is recognised by its command: %s',
    (command) => {
      expect(nginx.command?.test(command)).toBe(true);
    },
  );

  it.each(['nginxish', 'nginx-debug', 'my-nginx -c a', 'echo nginx', '/etc/nginx/start', 'nginx.sh', 'python3 nginx'])(
    'is not recognised in %s',
    (command) => {
      expect(nginx.command?.test(command)).toBe(false);
    },
  );

  it.each([
    { title: 'nginx: master process /usr/sbin/nginx -g daemon off;', master: true, worker: false, helper: false },
    { title: 'nginx: master process nginx', master: true, worker: false, helper: false },
    { title: 'nginx: worker process', master: false, worker: true, helper: false },
    { title: 'nginx: worker process is shutting down', master: false, worker: true, helper: true },
    { title: 'nginx: cache manager process', master: false, worker: false, helper: true },
    { title: 'nginx: cache loader process', master: false, worker: false, helper: true },
    { title: 'nginx -g daemon off;', master: false, worker: false, helper: false },
    { title: '/usr/sbin/nginx -c a.conf', master: false, worker: false, helper: false },
  ])('reads the role from the title "$title"', ({ title, master, worker, helper }) => {
    const { roles } = nginx;
    expect(roles && shows(roles.readyMaster, { title, catches: [] })).toBe(master);
    expect(roles?.workerTitle?.test(title) ?? false).toBe(worker);
    expect(roles?.helperTitle?.test(title) ?? false).toBe(helper);
  });

  it('is told by HUP to replace its workers, and by QUIT to finish', () => {
    expect(nginx.inPlace).toMatchObject({ signal: 'SIGHUP', executes: false });
    expect([nginx.strategy, nginx.signals.gracefulStop, nginx.signals.quickStop]).toEqual([
      ...['signal', 'SIGQUIT', 'SIGTERM'],
    ]);
    expect([nginx.roles?.workers, nginx.check]).toEqual(['fixed', ['-t']]);
  });

  it('may take as long to see that a new port is taken', () => {
    expect(nginx.inPlace?.showsWithinMs).toBeGreaterThan(2_500);
  });
});
