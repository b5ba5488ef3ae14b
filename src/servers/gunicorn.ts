import type { Profile } from '../model/profile.ts';

/** gunicorn 20 and later. Source: its page on signals, and measurements of 20.1. */
export const gunicorn: Profile = {
  name: 'gunicorn',
  // By any path, and behind `python`, `python3 -m`, or a shell's `exec`.
  command: /^(?:exec )?(?:\S*\/)?(?:python[\d.]* (?:-m )?)?(?:\S*\/)?gunicorn(?: |$)/,
  signals: {
    // QUIT, which is gentle elsewhere, cuts requests here.
    gracefulStop: 'SIGTERM',
    quickStop: 'SIGINT',
    // In the foreground it ignores WINCH.
    forwarded: ['SIGUSR1', 'SIGTTIN', 'SIGTTOU'],
  },
  roles: {
    // Titles are there only where Python's setproctitle is installed. A worker gives both signals up.
    readyMaster: { kind: 'catching', signals: ['SIGHUP', 'SIGUSR2'] },
    workerTitle: /^gunicorn: worker/,
    helperTitle: undefined,
    // It has set its handlers before it loads the application, and begins to beat after that.
    readyWorker: { kind: 'beating', file: /\/wgunicorn-/ },
    workers: 'fixed',
  },
  strategy: 'reexec',
  reexec: { signal: 'SIGUSR2', appearsWithinMs: 2_000 },
  // Python looks for the application by the path of `chdir`, links and all.
  scale: { up: 'SIGTTIN', down: 'SIGTTOU', atLeast: 1, takes: 'oldest', loads: 'current-release' },
  inPlace: undefined,
  cannot: { signal: 'HUP ends its old workers before the new ones have booted, and itself if they do not' },
  check: [],
};
