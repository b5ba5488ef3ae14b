import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRevisionNews, problemAfterMs, type RevisionNews } from '../../src/effects/revision-news.ts';
import { parseRevision, type RevisionVerdict } from '../../src/model/identity.ts';

let heard: string[] = [];
let news: RevisionNews;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  heard = [];
  news = createRevisionNews('/revision', {
    revision: (revision) => void heard.push(revision),
    problem: (text) => void heard.push(text.replace('cannot read revision from /revision: ', '')),
  });
});

afterEach(() => vi.useRealTimers());

const absent: RevisionVerdict = { ok: false, problem: 'absent' };
const empty = parseRevision('');
const one = parseRevision('one');
const two = parseRevision('two');

/** Reads each at the given instant, in shares of that time, and lets twice as much pass. */
function readAt(...readings: readonly (readonly [at: number, verdict: RevisionVerdict])[]): void {
  let now = 0;
  for (const [at, verdict] of readings) {
    vi.advanceTimersByTime((at - now) * problemAfterMs);
    now = at;
    news.read(verdict);
  }
  vi.advanceTimersByTime(2 * problemAfterMs);
}

it.each([
  {
    what: 'a revision, once',
    readings: [
      [0, one],
      [1, one],
      [2, two],
      [3, two],
      [4, one],
    ] as const,
    says: ['one', 'two', 'one'],
  },
  {
    what: 'a lasting problem, once',
    readings: [
      [0, absent],
      [2, absent],
      [9, absent],
    ] as const,
    says: ['absent'],
  },
  {
    what: 'no problem that is over in time',
    readings: [
      [0, one],
      [1, absent],
      [1.9, one],
    ] as const,
    says: ['one'],
  },
  {
    what: 'no revision again after a problem',
    readings: [
      [0, one],
      [1, absent],
      [3, one],
    ] as const,
    says: ['one', 'absent'],
  },
  {
    what: 'the same problem again after a revision',
    readings: [
      [0, absent],
      [2, one],
      [3, absent],
    ] as const,
    says: ['absent', 'one', 'absent'],
  },
  {
    what: 'another problem',
    readings: [
      [0, absent],
      [2, empty],
    ] as const,
    says: ['absent', 'it is empty'],
  },
  {
    what: 'the latest of problems in quick succession',
    readings: [
      [0, absent],
      [0.5, empty],
    ] as const,
    says: ['it is empty'],
  },
  {
    what: 'a problem although it keeps changing',
    readings: [
      [0, absent],
      [0.4, empty],
      [0.8, absent],
      [1.2, empty],
    ] as const,
    says: ['absent', 'it is empty'],
  },
  {
    what: 'no problem again that was another for a moment',
    readings: [
      [0, absent],
      [2, empty],
      [2.5, absent],
    ] as const,
    says: ['absent'],
  },
])('tells $what', ({ readings, says }) => {
  readAt(...readings);
  expect(heard).toEqual(says);
});

it('tells nothing once it is closed, and leaves no timer', () => {
  news.read(absent);
  news.close();
  news.read(one);
  expect(heard).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
