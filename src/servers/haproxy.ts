import type { Profile } from '../model/profile.ts';

/** haproxy in master-worker mode (`-W`). Source: its management guide, and measurements of 2.6. */
export const haproxy: Profile = {
  name: 'haproxy',
  command: /^(?:exec )?(?:\S*\/)?haproxy(?: |$)/,
  signals: {
    gracefulStop: 'SIGUSR1',
    quickStop: 'SIGTERM',
    forwarded: [],
  },
  roles: {
    // Before that it serves already, and loses the signal.
    readyMaster: { kind: 'catching', signals: ['SIGUSR2'] },
    // All look alike, and the master executes itself so often that not even its forks are known by their image.
    workerTitle: undefined,
    helperTitle: undefined,
    readyWorker: undefined,
    workers: 'fixed',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  // A new port that is taken is tried for 2 s. It executes itself twice, whether it succeeds or not: no sign of anything.
  inPlace: { signal: 'SIGUSR2', showsWithinMs: 5_000, executes: false },
  cannot: { reexec: 'it executes itself in place' },
  check: ['-c'],
};
