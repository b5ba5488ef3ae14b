import type { Profile } from '../model/profile.ts';

/** nginx in the foreground. Source: "Controlling nginx" of its manual, and measurements of 1.22. */
export const nginx: Profile = {
  name: 'nginx',
  command: /^(?:exec )?(?:\S*\/)?nginx(?: |$)/,
  signals: {
    gracefulStop: 'SIGQUIT',
    quickStop: 'SIGTERM',
    forwarded: ['SIGUSR1'],
  },
  roles: {
    readyMaster: { kind: 'titled', title: /^nginx: master process / },
    workerTitle: /^nginx: worker process/,
    // Those that shut down have been replaced already.
    helperTitle: /^nginx: (?:cache (?:manager|loader) process|worker process is shutting down)/,
    readyWorker: undefined,
    workers: 'fixed',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  // A new port that is taken is tried for 2.5 s.
  inPlace: { signal: 'SIGHUP', showsWithinMs: 5_000, executes: false },
  cannot: {
    reexec: 'it ignores USR2 for as long as its parent is the process that started it',
    overlap: 'it takes sockets from nobody but another nginx',
  },
  check: ['-t'],
};
