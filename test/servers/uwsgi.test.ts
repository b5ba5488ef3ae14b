import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { uwsgi } from '../../src/servers/uwsgi.ts';

describe('uwsgi', () => {
  it.each([
    'uwsgi --ini app.ini',
    '/srv/venv/bin/uwsgi --master',
    'uwsgi-core --ini a',
    'exec uwsgi --die-on-term',
    'uwsgi',
  ])('is recognised by its command: %s', (command) => {
    expect(uwsgi.command?.test(command)).toBe(true);
  });

  it.each(['uwsgitop a', 'uwsgi_python3 --ini a', 'echo uwsgi', 'my-uwsgi', 'python3 uwsgi.py'])(
    'is not recognised in %s',
    (command) => {
      expect(uwsgi.command?.test(command)).toBe(false);
    },
  );

  it('shows by its handlers that it may be signalled, whatever it is titled', () => {
    const mark = uwsgi.roles?.readyMaster;
    const title = '/srv/venv/bin/uwsgi --ini app.ini';
    expect(mark && shows(mark, { title, catches: ['SIGHUP', 'SIGINT', 'SIGTERM'] })).toBe(true);
    expect(mark && shows(mark, { title, catches: ['SIGINT'] })).toBe(false);
  });

  it.each([
    { title: 'uWSGI http 1', helper: true },
    { title: 'uWSGI https 1', helper: true },
    { title: 'uWSGI worker 1', helper: false },
  ])('reads the role from the title "$title"', ({ title, helper }) => {
    expect(uwsgi.roles?.helperTitle?.test(title)).toBe(helper);
  });

  it('executes itself on HUP, and is never sent QUIT, which is one more reload', () => {
    expect([uwsgi.strategy, uwsgi.inPlace?.signal, uwsgi.inPlace?.executes]).toEqual(['signal', 'SIGHUP', true]);
    expect(uwsgi.signals).toEqual({ gracefulStop: 'SIGTERM', quickStop: 'SIGINT', forwarded: [] });
  });
});
