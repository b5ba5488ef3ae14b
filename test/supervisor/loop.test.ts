import { describe, expect, it } from 'vitest';
import { Loop } from '../../src/supervisor/loop.ts';

/** Counts; an event's effect may be to post another event. */
function counting(perform: (effect: number, loop: Loop<number, number, number>) => void) {
  const log: string[] = [];
  const loop: Loop<number, number, number> = new Loop<number, number, number>(0, {
    step: (state, event) => ({ state: state + event, effects: [event] }),
    tell: (from, to) => log.push(`tell ${from}→${to}`),
    perform: (effect) => {
      log.push(`perform ${effect} at ${loop.state}`);
      perform(effect, loop);
    },
  });
  return { loop, log };
}

describe('the loop', () => {
  it('commits, then tells, then asks', () => {
    const { loop, log } = counting(() => undefined);
    loop.post(2);
    expect(log).toEqual(['tell 0→2', 'perform 2 at 2']);
  });

  it('tells nothing when the state is the same', () => {
    const { loop, log } = counting(() => undefined);
    loop.post(0);
    expect(log).toEqual(['perform 0 at 0']);
  });

  it('queues what is posted from inside an effect, and never nests', () => {
    const { loop, log } = counting((effect, inner) => {
      if (effect === 1) inner.post(10);
      log.push(`end ${effect}`);
    });
    loop.post(1);
    expect(log).toEqual(['tell 0→1', 'perform 1 at 1', 'end 1', 'tell 1→11', 'perform 10 at 11', 'end 10']);
  });

  it('performs the first effects before the events that they cause', () => {
    const { loop, log } = counting((effect, inner) => {
      if (effect === 5) inner.post(1);
    });
    loop.begin([5, 6]);
    expect(log).toEqual(['perform 5 at 0', 'perform 6 at 0', 'tell 0→1', 'perform 1 at 1']);
  });

  it('goes on after an effect that threw', () => {
    const { loop } = counting((effect) => {
      if (effect === 1) throw new Error('no');
    });
    expect(() => loop.post(1)).toThrow('no');
    loop.post(2);
    expect(loop.state).toBe(3);
  });
});
