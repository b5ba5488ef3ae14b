import type { Millis } from '../../src/model/identity.ts';

interface Due {
  readonly at: Millis;
  readonly run: () => void;
}

/** A clock that stands still but when it is told to go on, and a chance that repeats itself for a seed. */
export class VirtualTime {
  #now: Millis = 1_000;
  #chance: number;
  /** The last one first: what is soon is cheap to add and to take away. */
  readonly #queue: Due[] = [];
  readonly #afterEach: () => void;

  /** `afterEach` is called after everything that happens. */
  constructor(seed: number, afterEach: () => void) {
    this.#chance = seed | 0;
    this.#afterEach = afterEach;
  }

  get now(): Millis {
    return this.#now;
  }

  /** In [0, 1): the generator mulberry32. */
  readonly chance = (): number => {
    this.#chance = (this.#chance + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#chance ^ (this.#chance >>> 15), 1 | this.#chance);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** Somewhere from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.chance() * (most - least);
  }

  /** Runs it at that instant, in the order of asking where instants are equal. Returns the function that takes it back. */
  at(at: Millis, run: () => void): () => void {
    const due = { at: Math.max(at, this.#now), run };
    this.#queue.splice(this.#placeOf(due.at), 0, due);
    return () => {
      const found = this.#queue.indexOf(due, this.#placeOf(due.at));
      if (found >= 0) this.#queue.splice(found, 1);
    };
  }

  /** Before all that is due by then, found by halving: a fleet has thousands in the queue. */
  #placeOf(at: Millis): number {
    let [from, to] = [0, this.#queue.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#queue[middle]?.at ?? 0) > at) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  after(ms: Millis, run: () => void): () => void {
    return this.at(this.#now + ms, run);
  }

  /** Goes on until the fact is true, and says whether it became so within the limit. */
  runUntil(fact: () => boolean, limitMs: Millis): boolean {
    const end = this.#now + limitMs;
    while (!fact()) {
      const next = this.#queue.at(-1);
      if (next === undefined || next.at > end) {
        this.#now = end;
        return fact();
      }
      this.#queue.pop();
      this.#now = next.at;
      next.run();
      this.#afterEach();
    }
    return true;
  }

  run(ms: Millis): void {
    this.runUntil(() => false, ms);
  }
}
