/** The servers that renew their workers under the same master, as the tests of their failures need them. */
import type { DeploymentOptions } from './deployment.ts';

export interface InPlaceServer extends Pick<DeploymentOptions, 'preload'> {
  readonly name: string;
  readonly server: 'nginx' | 'puma' | 'php-fpm';
  /** What borginit sends it, which others may send too. */
  readonly signal: 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';
}

export const inPlaceServers = {
  nginx: { name: 'nginx', server: 'nginx', signal: 'SIGHUP' },
  puma: { name: 'puma', server: 'puma', signal: 'SIGUSR1' },
  // It executes itself anew instead.
  preloadedPuma: { name: 'puma with preload', server: 'puma', preload: true, signal: 'SIGUSR1' },
  'php-fpm': { name: 'php-fpm', server: 'php-fpm', signal: 'SIGUSR2' },
} as const satisfies Readonly<Record<string, InPlaceServer>>;
