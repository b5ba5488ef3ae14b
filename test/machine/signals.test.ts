import { expect, it } from 'vitest';
import { signalMeaning, type SignalMeaning } from '../../src/machine/signals.ts';
import type { Signal } from '../../src/model/signal.ts';
import { profiles } from '../../src/servers/profiles.ts';
import { sampleSpec } from './sample.ts';

interface Row {
  readonly signal: Signal;
  readonly to: 'unicorn' | 'a service' | 'a command';
  readonly means: string;
  readonly terminal?: boolean;
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
])('$signal to $to means: $means', ({ signal, to, means, terminal = false }) => {
  const server = to === 'unicorn' ? 'unicorn' : 'none';
  const strategy = to === 'unicorn' ? 'reexec' : 'none';
  const spec = sampleSpec({ server, reload: { ...sampleSpec().reload, strategy } });
  const mode = to === 'a command' ? 'command' : 'services';
  expect(describeMeaning(signalMeaning({ signal, terminal }, spec, profiles[server], mode))).toBe(means);
});
