import { describe, expect, it } from 'vitest';
import { shows } from '../../src/model/profile.ts';
import { gunicorn } from '../../src/servers/gunicorn.ts';

describe('gunicorn', () => {
  it.each([
    'gunicorn app:app',
    '/srv/venv/bin/gunicorn -c gunicorn.conf.py app:app',
    'exec gunicorn app:app',
    'python3 -m gunicorn app:app',
    '/srv/venv/bin/python /srv/venv/bin/gunicorn app:app',
  ])('is recognised by its command: %s', (command) => {
    expect(gunicorn.command?.test(command)).toBe(true);
  });

  it.each(['gunicornish', 'echo gunicorn', 'python3 app.py', 'my-gunicorn app', 'unicorn'])(
    'is not recognised in %s',
    (command) => {
      expect(gunicorn.command?.test(command)).toBe(false);
    },
  );

  it('shows by its handlers that it may be signalled, whatever it is titled', () => {
    const mark = gunicorn.roles?.readyMaster;
    const title = '/usr/bin/python3 /usr/bin/gunicorn app:app';
    expect(mark && shows(mark, { title, catches: ['SIGHUP', 'SIGTERM', 'SIGUSR2'] })).toBe(true);
    expect(mark && shows(mark, { title, catches: ['SIGINT'] })).toBe(false);
  });

  it('has workers whose number is configured, and a file that shows when one of them is ready', () => {
    expect(gunicorn.roles).toMatchObject({
      workers: 'fixed',
      readyWorker: { kind: 'beating' },
      helperTitle: undefined,
    });
    expect(gunicorn.roles?.workerTitle?.test('gunicorn: worker [shop.2]')).toBe(true);
    expect(gunicorn.roles?.workerTitle?.test('gunicorn: master [shop.2]')).toBe(false);
  });

  it('is replaced beside itself, for HUP would end it', () => {
    expect([gunicorn.strategy, gunicorn.reexec?.signal, gunicorn.inPlace]).toEqual(['reexec', 'SIGUSR2', undefined]);
    expect(gunicorn.signals).toMatchObject({ gracefulStop: 'SIGTERM', quickStop: 'SIGINT' });
    expect(gunicorn.cannot).toHaveProperty('signal');
  });

  it('keeps one worker, takes away the oldest, and lets a new one load what the link means', () => {
    const scale = { up: 'SIGTTIN', down: 'SIGTTOU', atLeast: 1, takes: 'oldest', loads: 'current-release' };
    expect(gunicorn.scale).toEqual(scale);
  });
});
