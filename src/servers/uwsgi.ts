import type { Profile } from '../model/profile.ts';

/** uwsgi with a master and `--die-on-term`. Source: its page on signals, and measurements of 2.0. */
export const uwsgi: Profile = {
  name: 'uwsgi',
  command: /^(?:exec )?(?:\S*\/)?uwsgi(?:-core)?(?: |$)/,
  signals: {
    // TERM cuts requests in flight unless a hook of its configuration makes it gentle. QUIT is a reload here.
    gracefulStop: 'SIGTERM',
    quickStop: 'SIGINT',
    forwarded: [],
  },
  roles: {
    readyMaster: { kind: 'catching', signals: ['SIGHUP', 'SIGTERM'] },
    workerTitle: undefined,
    helperTitle: /^uWSGI (?:http|https) /,
    readyWorker: { kind: 'catching', catches: 'SIGHUP', ignores: undefined },
    workers: 'fixed',
  },
  strategy: 'signal',
  reexec: undefined,
  scale: undefined,
  // Workers end when their requests have, which it notices once a second.
  inPlace: { signal: 'SIGHUP', showsWithinMs: 60_000, executes: true },
  cannot: { reexec: 'it executes itself in place' },
  check: [],
};
