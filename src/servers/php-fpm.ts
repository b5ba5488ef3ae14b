import type { Profile } from '../model/profile.ts';

/** php-fpm in the foreground (`-F`). Source: its manual page, and measurements of 8.2. */
export const phpFpm: Profile = {
  name: 'php-fpm',
  command: /^(?:exec )?(?:\S*\/)?php-fpm[\d.]*(?: |$)/,
  signals: {
    gracefulStop: 'SIGQUIT',
    quickStop: 'SIGTERM',
    forwarded: ['SIGUSR1'],
  },
  roles: {
    // Its title is there some microseconds earlier. Workers do not catch it.
    readyMaster: { kind: 'catching', signals: ['SIGUSR2'] },
    workerTitle: /^php-fpm: pool /,
    helperTitle: undefined,
    readyWorker: undefined,
    workers: 'varying',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  // It waits for the requests in flight first, as long as `process_control_timeout` says.
  inPlace: { signal: 'SIGUSR2', showsWithinMs: 60_000, executes: true },
  cannot: {
    reexec: 'USR2 ends its workers, and then it executes itself in place',
    overlap: 'it takes sockets from nobody but another php-fpm',
  },
  check: ['-t'],
};
