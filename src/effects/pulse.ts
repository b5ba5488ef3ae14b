import type { Millis } from '../model/identity.ts';

export type Stage = 'serving' | 'stopping';

/** Signs of life. They come from the event loop, so that one that no longer turns gives none. */
export interface Pulse {
  /** From now on the signs say this. */
  show(stage: Stage): void;
  stop(): void;
}

/** Within what time init wants to hear again of a stop. Source: ppidshim.c, ANSWER_MS */
const answerMs: Millis = 5_000;

/** So many signs in the time that init waits for one: two may be lost to a busy machine. */
const beatsInTime = 3;

/** Gives a sign of life several times within `silenceMs`, beginning later. */
export function startPulse(silenceMs: Millis, beat: (word: 'alive' | 'stopping') => void): Pulse {
  const every = (ms: Millis, word: 'alive' | 'stopping'): NodeJS.Timeout =>
    setInterval(() => beat(word), ms / beatsInTime);
  let timer = every(silenceMs, 'alive');
  return {
    show(stage) {
      clearInterval(timer);
      timer = stage === 'stopping' ? every(Math.min(silenceMs, answerMs), 'stopping') : every(silenceMs, 'alive');
    },
    stop: () => clearInterval(timer),
  };
}
