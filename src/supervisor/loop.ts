/** The only loop and the only mutable state: queue, step, commit, tell, ask. */

export interface LoopStep<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export interface LoopParts<State, Event, Effect> {
  readonly step: (state: State, event: Event) => LoopStep<State, Effect>;
  /** Called after the state is committed and before its effects are performed. */
  readonly tell: (from: State, to: State, event: Event) => void;
  readonly perform: (effect: Effect) => void;
}

export class Loop<State, Event, Effect> {
  readonly #parts: LoopParts<State, Event, Effect>;
  readonly #queue: Event[] = [];
  #state: State;
  #busy = false;

  constructor(state: State, parts: LoopParts<State, Event, Effect>) {
    this.#state = state;
    this.#parts = parts;
  }

  get state(): State {
    return this.#state;
  }

  /** Performs the effects that the first state came with. */
  begin(effects: readonly Effect[]): void {
    this.#busy = true;
    effects.forEach(this.#parts.perform);
    this.#busy = false;
    this.#drain();
  }

  /** Safe to call from anywhere, including from inside an effect: it queues, it never nests. */
  post(event: Event): void {
    this.#queue.push(event);
    this.#drain();
  }

  #drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) this.#handle(event);
    } finally {
      this.#busy = false;
    }
  }

  #handle(event: Event): void {
    const from = this.#state;
    const { state, effects } = this.#parts.step(from, event);
    this.#state = state;
    if (state !== from) this.#parts.tell(from, state, event);
    effects.forEach(this.#parts.perform);
  }
}
