/** What a signal to PID 1 means for one service. */
import type { InstanceCommand } from '../model/event.ts';
import type { Profile } from '../model/profile.ts';
import type { Signal } from '../model/signal.ts';
import type { Config, ServiceSpec } from '../model/spec.ts';

export type SignalMeaning =
  /** Stop every service and leave. */
  | { readonly kind: 'leave'; readonly how: 'graceful' | 'quick' }
  | { readonly kind: 'tell'; readonly event: InstanceCommand }
  | { readonly kind: 'check-revision' }
  | { readonly kind: 'nothing' };

/**
 * TERM and QUIT stop gracefully, INT quickly, whatever the server calls that. USR2 reloads a service that can be
 * reloaded, and so does the signal that its server is reloaded with otherwise. HUP, which package scripts send without
 * thinking, only reads the revision file again. A signal that the server gives a meaning of its own is passed on; one
 * that it does not know would end it, and is not. With a terminal, WINCH is its window being resized. A single command
 * that is no known server gets every signal but TERM and INT as it is.
 */
export function signalMeaning(
  { signal, terminal }: { readonly signal: Signal; readonly terminal: boolean },
  { server: profile, reload }: Pick<ServiceSpec, 'server' | 'reload'>,
  mode: Config['mode'],
): SignalMeaning {
  const isPlain = mode === 'command' && profile.name === 'none';
  if (reload.strategy !== 'none' && isReload(profile, signal)) {
    return { kind: 'tell', event: { kind: 'reload', force: false } };
  }
  switch (signal) {
    case 'SIGTERM':
      return { kind: 'leave', how: 'graceful' };
    case 'SIGINT':
      return { kind: 'leave', how: 'quick' };
    case 'SIGQUIT':
      return isPlain ? pass(signal) : { kind: 'leave', how: 'graceful' };
    case 'SIGHUP':
      return isPlain ? pass(signal) : { kind: 'check-revision' };
    case 'SIGWINCH':
      return terminal || !isKnown(profile, signal, isPlain) ? { kind: 'nothing' } : pass(signal);
    default:
      return isKnown(profile, signal, isPlain) ? pass(signal) : { kind: 'nothing' };
  }
}

/** USR2 for all, and what the server itself is reloaded with. */
const isReload = ({ reexec, inPlace }: Profile, signal: Signal): boolean =>
  signal === 'SIGUSR2' || signal === reexec?.signal || signal === inPlace?.signal;

const isKnown = (profile: Profile, signal: Signal, isPlain: boolean): boolean =>
  isPlain || profile.signals.forwarded.includes(signal);

const pass = (signal: Signal): SignalMeaning => ({ kind: 'tell', event: { kind: 'forward', signal } });
