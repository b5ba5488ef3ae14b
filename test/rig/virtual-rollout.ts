/** The rollout's hand in the virtual world, and the permits that a fleet of such worlds shares. */
import type { RolloutEffect, RolloutEvent } from '../../src/model/rollout.ts';
import type { RolloutHand } from '../../src/supervisor/hands.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Someone who waits for a permit, or holds one. */
interface Taker {
  readonly taken: () => void;
}

/** As the kernel keeps locks: who has come first is first, and who is gone holds nothing. */
export class VirtualPermits {
  readonly #atMost: number;
  readonly #queue: Taker[] = [];
  readonly #holders = new Set<Taker>();
  /** The most that were held at any time. */
  mostHeld = 0;

  constructor(atMost: number) {
    this.#atMost = atMost;
  }

  get held(): number {
    return this.#holders.size;
  }

  take(taker: Taker): void {
    this.#queue.push(taker);
    this.#grant();
  }

  release(taker: Taker): void {
    this.#holders.delete(taker);
    const place = this.#queue.indexOf(taker);
    if (place >= 0) this.#queue.splice(place, 1);
    this.#grant();
  }

  #grant(): void {
    while (this.#holders.size < this.#atMost) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#holders.add(next);
      this.mostHeld = Math.max(this.mostHeld, this.#holders.size);
      next.taken();
    }
  }
}

export class VirtualRollout implements RolloutHand {
  readonly #time: VirtualTime;
  readonly #permits: VirtualPermits;
  readonly #report: (event: RolloutEvent) => void;
  #cancelTimer: () => void = () => undefined;
  #taker: Taker | undefined;

  constructor(time: VirtualTime, permits: VirtualPermits, report: (event: RolloutEvent) => void) {
    this.#time = time;
    this.#permits = permits;
    this.#report = report;
  }

  perform(effect: RolloutEffect): void {
    switch (effect.kind) {
      case 'timer':
        this.#cancelTimer();
        this.#cancelTimer = this.#time.at(effect.at, () => this.#report({ kind: 'due' }));
        return;
      case 'take-permit':
        this.#take();
        return;
      case 'release-permit':
        this.#release();
    }
  }

  /** The supervisor is dead. */
  close(): void {
    this.#cancelTimer();
    this.#release();
  }

  #take(): void {
    const taker: Taker = {
      taken: () =>
        // What was given up meanwhile is told to nobody.
        void this.#time.after(this.#time.between(1, 5), () => {
          if (this.#taker === taker) this.#report({ kind: 'permit-taken' });
        }),
    };
    this.#taker = taker;
    this.#permits.take(taker);
  }

  #release(): void {
    if (this.#taker !== undefined) this.#permits.release(this.#taker);
    this.#taker = undefined;
  }
}
