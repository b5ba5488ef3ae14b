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
 * TERM and QUIT stop gracefully, INT quickly, whatever the server calls that. HUP, which package scripts send without
 * thinking, only reads the revision file again. USR2 reloads a service that can be reloaded. A signal that the server
 * gives a meaning of its own is passed on; one that it does not know would end it, and is not. With a terminal, WINCH
 * is its window being resized. A single command that is no known server gets every signal but TERM and INT as it is.
 */
export function signalMeaning(
  { signal, terminal }: { readonly signal: Signal; readonly terminal: boolean },
  spec: ServiceSpec,
  profile: Profile,
  mode: Config['mode'],
): SignalMeaning {
  const isPlain = mode === 'command' && profile.name === 'none';
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
      if (signal === profile.reexec?.signal && spec.reload.strategy === 'reexec') {
        return { kind: 'tell', event: { kind: 'reload' } };
      }
      return isKnown(profile, signal, isPlain) ? pass(signal) : { kind: 'nothing' };
  }
}

const isKnown = (profile: Profile, signal: Signal, isPlain: boolean): boolean =>
  isPlain || profile.signals.forwarded.includes(signal);

const pass = (signal: Signal): SignalMeaning => ({ kind: 'tell', event: { kind: 'forward', signal } });
