import type { Signal } from '../../model/signal.ts';

/** What an operator may send to a supervisor that stands alone. USR1 is left to Node, which starts its debugger on it. */
const passed = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2', 'SIGWINCH'] as const satisfies readonly Signal[];

interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/** Passes on the signals sent to this process, where no init does so. Returns the function that ends it. */
export function passSignals(source: SignalSource, pass: (signal: Signal) => void): () => void {
  const listeners = passed.map((signal) => ({ signal, listener: () => pass(signal) }));
  for (const { signal, listener } of listeners) source.on(signal, listener);
  return () => {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  };
}
