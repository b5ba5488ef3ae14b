import type { Profile } from '../model/profile.ts';

/** unicorn 5 and 6, and rainbows, which is built on it. Source: its SIGNALS page, and measurements of 6.0. */
export const unicorn: Profile = {
  name: 'unicorn',
  // "unicorn", "unicorn_rails", "rainbows", each by any path and behind `bundle exec`, `ruby` or a shell's `exec`.
  command: /^(?:exec )?(?:\S*\/)?(?:(?:bundle exec|ruby) )?(?:\S*\/)?(?:unicorn(?:_rails)?|rainbows)(?: |$)/,
  signals: {
    gracefulStop: 'SIGQUIT',
    quickStop: 'SIGTERM',
    forwarded: ['SIGUSR1', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'],
  },
  roles: {
    // Ruby catches USR2 from its first millisecond, and dies of it: the title says when unicorn does.
    readyMaster: { kind: 'titled', title: /^(?:unicorn(?:_rails)?|rainbows) master(?: |$)/ },
    workerTitle: /^(?:unicorn(?:_rails)?|rainbows) worker\[(?<index>\d+)\]/,
    helperTitle: undefined,
    // USR1 is trapped only after the application is loaded. A fork that is some milliseconds young still has its
    // master's handlers, USR2's among them.
    readyWorker: { kind: 'catching', catches: 'SIGUSR1', ignores: 'SIGUSR2' },
    workers: 'fixed',
  },
  strategy: 'reexec',
  reexec: { signal: 'SIGUSR2', appearsWithinMs: 2_000 },
  scale: { up: 'SIGTTIN', down: 'SIGTTOU', atLeast: 0, takes: 'youngest', loads: 'own-release' },
  inPlace: undefined,
  cannot: { signal: 'HUP ends its old workers before the new ones have booted' },
  check: [],
};
