import { expect, it } from 'vitest';
import { signalMeaning, type SignalMeaning } from '../../src/machine/signals.ts';
import type { Strategy } from '../../src/model/profile.ts';
import type { Signal } from '../../src/model/signal.ts';
import { profiles, type ServerName } from '../../src/servers/profiles.ts';
import { sampleSpec } from './sample.ts';

interface Row {
  readonly signal: Signal;
  readonly to: ServerName | 'a service' | 'a command';
  readonly means: string;
  readonly terminal?: boolean;
  /** Where it is not the server's own. */
  readonly strategy?: Strategy;
}

const describeMeaning = (meaning: SignalMeaning): string => {
  if (meaning.kind === 'leave') return `leave ${meaning.how}`;
  if (meaning.kind !== 'tell') return meaning.kind;
  return meaning.event.kind === 'forward' ? `pass ${meaning.event.signal}` : meaning.event.kind;
};

it.each<Row>([
  { signal: 'SIGTERM', to: 'unicorn', means: 'leave graceful' },
  { signal: 'SIGTERM', to: 'a command', means: 'leave graceful' },
  { signal: 'SIGINT', to: 'a command', means: 'leave quick' },
  { signal: 'SIGQUIT', to: 'unicorn', means: 'leave graceful' },
  { signal: 'SIGQUIT', to: 'a command', means: 'pass SIGQUIT' },
  { signal: 'SIGHUP', to: 'unicorn', means: 'check-revision' },
  { signal: 'SIGHUP', to: 'a service', means: 'check-revision' },
  { signal: 'SIGHUP', to: 'a command', means: 'pass SIGHUP' },
  { signal: 'SIGUSR2', to: 'unicorn', means: 'reload' },
  { signal: 'SIGUSR2', to: 'a service', means: 'nothing' },
  { signal: 'SIGUSR2', to: 'a command', means: 'pass SIGUSR2' },
  { signal: 'SIGTTIN', to: 'unicorn', means: 'pass SIGTTIN' },
  { signal: 'SIGTTIN', to: 'a service', means: 'nothing' },
  { signal: 'SIGWINCH', to: 'unicorn', means: 'pass SIGWINCH' },
  { signal: 'SIGWINCH', to: 'unicorn', means: 'nothing', terminal: true },
  { signal: 'SIGWINCH', to: 'a command', means: 'nothing', terminal: true },
  { signal: 'SIGALRM', to: 'unicorn', means: 'nothing' },
  { signal: 'SIGHUP', to: 'nginx', means: 'reload' },
  { signal: 'SIGUSR2', to: 'nginx', means: 'reload' },
  { signal: 'SIGUSR1', to: 'nginx', means: 'pass SIGUSR1' },
  { signal: 'SIGWINCH', to: 'nginx', means: 'nothing' },
  { signal: 'SIGUSR1', to: 'puma', means: 'reload' },
  { signal: 'SIGUSR2', to: 'puma', means: 'reload' },
  { signal: 'SIGHUP', to: 'puma', means: 'check-revision' },
  { signal: 'SIGTTIN', to: 'puma', means: 'pass SIGTTIN' },
  { signal: 'SIGUSR1', to: 'apache', means: 'reload' },
  { signal: 'SIGWINCH', to: 'apache', means: 'nothing' },
  { signal: 'SIGHUP', to: 'apache', means: 'check-revision' },
  { signal: 'SIGHUP', to: 'uwsgi', means: 'reload' },
  { signal: 'SIGQUIT', to: 'uwsgi', means: 'leave graceful' },
  { signal: 'SIGUSR1', to: 'haproxy', means: 'nothing' },
  { signal: 'SIGUSR2', to: 'haproxy', means: 'reload' },
  { signal: 'SIGUSR2', to: 'php-fpm', means: 'reload' },
  { signal: 'SIGUSR1', to: 'php-fpm', means: 'pass SIGUSR1' },
  { signal: 'SIGHUP', to: 'nginx', means: 'check-revision', strategy: 'none' },
])('$signal to $to means: $means', ({ signal, to, means, terminal = false, strategy }) => {
  const server = to === 'a service' || to === 'a command' ? profiles.none : profiles[to];
  const spec = sampleSpec({ server, reload: { ...sampleSpec().reload, strategy: strategy ?? server.strategy } });
  const mode = to === 'a command' ? 'command' : 'services';
  expect(describeMeaning(signalMeaning({ signal, terminal }, spec, mode))).toBe(means);
});
