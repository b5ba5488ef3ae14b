import type { Profile } from '../model/profile.ts';

/** A program that borginit knows nothing about: it is started, stopped and started again. */
export const none: Profile = {
  name: 'none',
  command: undefined,
  signals: { gracefulStop: 'SIGTERM', quickStop: 'SIGINT', forwarded: [] },
  roles: undefined,
  strategy: 'none',
  reexec: undefined,
  scale: undefined,
  inPlace: undefined,
  cannot: {},
  check: [],
};
