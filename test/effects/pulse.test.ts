import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPulse, type Pulse } from '../../src/effects/pulse.ts';

describe('the pulse', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** What was said within a minute after `tell`. */
  function wordsAfter(silenceMs: number, tell: (pulse: Pulse) => void): string[] {
    const words: string[] = [];
    const pulse = startPulse(silenceMs, (word) => words.push(word));
    tell(pulse);
    vi.advanceTimersByTime(60_000);
    pulse.stop();
    vi.advanceTimersByTime(60_000);
    return words;
  }

  it.each([
    { when: 'serving', silenceMs: 30_000, tell: () => undefined, word: 'alive', times: 6 },
    {
      when: 'stopping',
      silenceMs: 30_000,
      tell: (pulse: Pulse) => pulse.show('stopping'),
      word: 'stopping',
      times: 36,
    },
    { when: 'stopping', silenceMs: 3_000, tell: (pulse: Pulse) => pulse.show('stopping'), word: 'stopping', times: 60 },
    { when: 'serving', silenceMs: 3_000, tell: (pulse: Pulse) => pulse.show('serving'), word: 'alive', times: 60 },
    {
      when: 'serving again',
      silenceMs: 30_000,
      tell: (pulse: Pulse) => {
        pulse.show('stopping');
        pulse.show('serving');
      },
      word: 'alive',
      times: 6,
    },
  ])('says $word $times times a minute with $silenceMs ms while $when', ({ silenceMs, tell, word, times }) => {
    const words = wordsAfter(silenceMs, tell);
    // The interval is a whole number of milliseconds.
    expect([times, times + 1]).toContain(words.length);
    expect(new Set(words)).toEqual(new Set([word]));
  });

  it('is silent once it is stopped', () => {
    expect(wordsAfter(3_000, (pulse) => pulse.stop())).toEqual([]);
  });
});
