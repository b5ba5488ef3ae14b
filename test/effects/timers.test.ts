import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { monotonicNow } from '../../src/effects/clock.ts';
import { createTimers, type Timers } from '../../src/effects/timers.ts';

let fired: string[] = [];
let timers: Timers<string>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
  fired = [];
  timers = createTimers((key) => void fired.push(key));
});

afterEach(() => {
  timers.close();
  vi.useRealTimers();
});

it('fires once, when its instant has come', () => {
  timers.set('stop', monotonicNow() + 100);
  vi.advanceTimersByTime(99);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(fired).toEqual(['stop']);
});

it('fires an instant that is past, but not before set() has returned', () => {
  timers.set('stop', monotonicNow() - 5_000);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(fired).toEqual(['stop']);
});

it('replaces an alarm of the same key', () => {
  timers.set('stop', monotonicNow() + 100);
  timers.set('stop', monotonicNow() + 300);
  vi.advanceTimersByTime(299);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['stop']);
});

it('keeps alarms of different keys apart', () => {
  timers.set('stop', monotonicNow() + 100);
  timers.set('health', monotonicNow() + 50);
  timers.clear('stop');
  vi.advanceTimersByTime(1_000);
  expect(fired).toEqual(['health']);
});

it('waits longer than setTimeout() can', () => {
  const month = 30 * 24 * 60 * 60 * 1_000;
  timers.set('deadline', monotonicNow() + month);
  vi.advanceTimersByTime(month - 1);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['deadline']);
});

it('never fires before a fraction of a millisecond has passed', () => {
  timers.set('step', monotonicNow() + 10.4);
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['step']);
});

it('leaves nothing behind when it is closed, and takes nothing more', () => {
  timers.set('stop', monotonicNow() + 100);
  timers.close();
  timers.set('late', monotonicNow() + 100);
  expect(vi.getTimerCount()).toBe(0);
});

it('lets an alarm set itself again from inside', () => {
  let count = 0;
  const again = createTimers<'tick'>((key) => {
    count += 1;
    if (count < 3) again.set(key, monotonicNow() + 10);
  });
  again.set('tick', monotonicNow() + 10);
  vi.advanceTimersByTime(1_000);
  expect(count).toBe(3);
});
