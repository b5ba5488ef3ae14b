import type { Profile } from '../model/profile.ts';
import type { Signal } from '../model/signal.ts';
import type { ReloadSpec } from '../model/spec.ts';

/** What a key means when it is left out, written as one would write it in a file. */
export const defaults = {
  canary: { after: '10m' },
  rollout: { atMost: 1 },
  supervisor: { watchdog: '30s' },
  instances: 1,
  health: {
    address: '127.0.0.1',
    host: 'localhost',
    revisionBody: false,
    interval: '10s',
    timeout: '2s',
    retries: 3,
    startPeriod: '60s',
  },
  restart: {
    policy: 'always',
    backoff: { min: '100ms', max: '30s' },
    giveUp: { after: 10, within: '5m' },
  },
  reload: {
    handover: 'together',
    timeout: '120s',
    soak: '2s',
    drain: '60s',
    retry: { times: 0, after: '30s' },
    trial: { hold: '2s' },
  },
  // `docker stop` sends SIGKILL after 10 s: what must be killed is killed by us, who can say so.
  stop: { timeout: '8s' },
  logs: { mode: 'inherit' },
  server: {
    count: 'fixed',
    reexec: { appearsWithin: '2s' },
    scale: { atLeast: 1, takes: 'youngest', loads: 'own-release' },
    inPlace: { showsWithin: '60s', executes: false },
  },
} as const;

/** Shown in PID 1's title: the only service's name, or one for all of them. */
export const defaultName = (services: readonly string[]): string =>
  services.length === 1 && services[0] !== undefined ? services[0] : 'services';

/** A service that can be reloaded follows the revision file, where there is one. */
export const defaultReloadOn = (strategy: ReloadSpec['strategy'], hasRevisionFile: boolean): ReloadSpec['on'] =>
  strategy !== 'none' && hasRevisionFile ? 'revision' : 'request';

/** The server's own graceful stop. */
export const defaultStopSignal = (profile: Profile): Signal => profile.signals.gracefulStop;
