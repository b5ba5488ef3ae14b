/** Tells listeners, and survives them: one that throws is dropped, so that it cannot cost the loop its effects. */
import type { SupervisorEvents } from '../model/operation.ts';

/** What the supervisor tells: to its users, and that anything at all has changed, to itself. */
interface Told extends SupervisorEvents {
  readonly changed: undefined;
}

type Name = keyof Told;
type Listener<N extends Name> = (value: Told[N]) => void;

export class Emitter {
  readonly #listeners: { readonly [N in Name]: Set<Listener<N>> } = {
    transition: new Set(),
    reload: new Set(),
    notice: new Set(),
    left: new Set(),
    changed: new Set(),
  };

  /** Returns the function that unsubscribes. */
  on<N extends Name>(name: N, listener: Listener<N>): () => void {
    this.#listeners[name].add(listener);
    return () => void this.#listeners[name].delete(listener);
  }

  emit<N extends Name>(name: N, value: Told[N]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(value);
      } catch (error) {
        this.#listeners[name].delete(listener);
        this.emit('notice', {
          level: 'error',
          message: 'a listener has thrown and is no longer told',
          facts: { event: name, problem: error instanceof Error ? error.message : String(error) },
        });
      }
    }
  }
}
