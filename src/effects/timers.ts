import type { Millis } from '../model/identity.ts';
import { monotonicNow } from './clock.ts';

/** Named alarms on the monotonic clock. */
export interface Timers<Key extends string> {
  /** Fires once, never before `at`. Setting a key again replaces its alarm. */
  set(key: Key, at: Millis): void;
  clear(key: Key): void;
  /** Clears every alarm; those set later never fire. */
  close(): void;
}

/** The longest delay that setTimeout() keeps; a longer one fires at once. */
const longestDelayMs = 2 ** 31 - 1;

/** Makes alarms that call `fire` with their key. An alarm that is due at once still fires later than `set` returns. */
export function createTimers<Key extends string>(fire: (key: Key) => void): Timers<Key> {
  const handles = new Map<Key, NodeJS.Timeout>();
  let closed = false;

  const clear = (key: Key): void => {
    clearTimeout(handles.get(key));
    handles.delete(key);
  };

  const arm = (key: Key, at: Millis): void => {
    const delayMs = Math.min(Math.max(0, Math.ceil(at - monotonicNow())), longestDelayMs);
    const ring = (): void => {
      // Node counts in whole milliseconds and may be a fraction early; a long delay comes in pieces.
      if (monotonicNow() < at) {
        arm(key, at);
        return;
      }
      handles.delete(key);
      fire(key);
    };
    handles.set(key, setTimeout(ring, delayMs));
  };

  return {
    set(key, at) {
      clear(key);
      if (!closed) arm(key, at);
    },
    clear,
    close() {
      closed = true;
      for (const key of [...handles.keys()]) clear(key);
    },
  };
}
