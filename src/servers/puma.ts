import type { Profile } from '../model/profile.ts';

/** puma in cluster mode. Source: its page on signals, and measurements of 5.6. */
export const puma: Profile = {
  name: 'puma',
  command: /^(?:exec )?(?:\S*\/)?(?:(?:bundle exec|ruby) )?(?:\S*\/)?puma(?: |$)/,
  signals: {
    gracefulStop: 'SIGTERM',
    quickStop: 'SIGINT',
    // HUP without a log to reopen would stop it.
    forwarded: ['SIGTTIN', 'SIGTTOU'],
  },
  roles: {
    readyMaster: { kind: 'titled', title: /^puma \d/ },
    workerTitle: /^puma: cluster worker (?<index>\d+): /,
    helperTitle: undefined,
    // It begins to accept when the application is loaded, in a thread of its own.
    readyWorker: { kind: 'threaded', thread: /^puma srv$/, booting: /^puma wrkr check$/ },
    workers: 'fixed',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  // One worker after the other. With `preload_app!` it executes itself anew instead, and says so only in its log.
  inPlace: { signal: 'SIGUSR1', showsWithinMs: 60_000, executes: false },
  cannot: { reexec: 'USR2 ends its workers, and then it executes itself in place' },
  check: [],
};
