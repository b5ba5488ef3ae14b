import type { Profile } from '../model/profile.ts';

/** apache httpd in the foreground (`-DFOREGROUND`). Source: "Stopping and Restarting" of its manual, and measurements of 2.4. */
export const apache: Profile = {
  name: 'apache',
  command: /^(?:exec )?(?:\S*\/)?(?:apache2|httpd)(?: |$)/,
  signals: {
    gracefulStop: 'SIGWINCH',
    quickStop: 'SIGTERM',
    // WINCH, which a terminal sends when its window changes, would stop it.
    forwarded: [],
  },
  roles: {
    readyMaster: { kind: 'catching', signals: ['SIGUSR1'] },
    workerTitle: undefined,
    helperTitle: undefined,
    readyWorker: undefined,
    workers: 'varying',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  inPlace: { signal: 'SIGUSR1', showsWithinMs: 5_000, executes: false },
  cannot: { reexec: 'it has no signal for that', overlap: 'it takes no sockets' },
  check: ['-t'],
};
