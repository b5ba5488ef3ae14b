/** The hand of a trial in the virtual world: a shim beside the service's, and what it is asked for done in order. */
import type { InstanceEffect } from '../../src/model/effect.ts';
import type { InstanceFact } from '../../src/model/event.ts';
import type { GenerationId } from '../../src/model/identity.ts';
import type { ProcessRef } from '../../src/model/process.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { VirtualShim } from './virtual-shim.ts';
import type { VirtualTime } from './virtual-time.ts';

type Effect<Kind extends InstanceEffect['kind']> = Extract<InstanceEffect, { kind: Kind }>;

/** What outlives supervisors: the trial's shim, if one lives. */
export interface TrialPlace {
  trial: VirtualShim | undefined;
  /** Those that were killed. */
  readonly lostTrials: VirtualShim[];
  /** Starts a shim and its main process. */
  readonly startTrial: () => VirtualShim;
  readonly stopSignal: Signal;
}

/** Something to do, which says when it is done. */
type Work = (done: () => void) => void;

export class VirtualTrialHand {
  readonly #time: VirtualTime;
  readonly #place: TrialPlace;
  readonly #report: (fact: InstanceFact) => void;
  readonly #work: Work[] = [];
  #isBusy = false;
  #isClosed = false;
  #lastNewsAt = 0;
  #main: ProcessRef | undefined;
  /** On whose behalf it runs. */
  #generation: GenerationId | undefined;
  /** Told when nothing is left of it. */
  #awaiting: (() => void)[] = [];

  constructor(time: VirtualTime, place: TrialPlace, report: (fact: InstanceFact) => void) {
    this.#time = time;
    this.#place = place;
    this.#report = report;
  }

  /** What was asked for and not begun is never done. */
  close(): void {
    this.#isClosed = true;
    this.#place.trial?.disconnect();
  }

  clear(): void {
    this.#inTurn((done) => this.#clear(done));
  }

  start({ generation }: Effect<'start-trial'>): void {
    this.#inTurn((done) => this.#clear(done));
    this.#inTurn((done) => {
      this.#generation = generation;
      // A shim listens sooner than the next supervisor looks for one.
      this.#time.after(this.#time.between(0, 1), () => {
        this.#place.trial = this.#place.startTrial();
        this.#connect();
        done();
      });
    });
  }

  look({ generation }: Effect<'look-at-trial'>): void {
    const fact = (): InstanceFact => ({
      ...{ kind: 'trial-looked', generation, main: this.#main },
      processes: this.#place.trial?.look() ?? [],
    });
    this.#time.after(0, () => this.#tell(fact()));
  }

  end({ generation, how }: Effect<'end-trial'>): void {
    this.#inTurn((done) =>
      this.#meet((shim) => {
        if (shim === undefined) {
          this.#killOrphans();
          this.#tell({ kind: 'trial-over', generation });
        } else this.#generation = generation;
        if (how === 'kill') {
          this.#kill(shim, done);
          return;
        }
        if (shim?.main.kind === 'running') shim.signal(shim.main.process, this.#place.stopSignal);
        done();
      }),
    );
  }

  #clear(done: () => void): void {
    this.#generation = undefined;
    this.#meet((shim) => this.#kill(shim, done));
  }

  /** A request to the trial's shim arrives, if there is one. */
  #meet(act: (shim: VirtualShim | undefined) => void): void {
    this.#time.after(this.#time.between(0, 2), () => {
      if (this.#place.trial?.client === undefined) this.#connect();
      act(this.#place.trial);
    });
  }

  #kill(shim: VirtualShim | undefined, done: () => void): void {
    if (shim === undefined) {
      this.#killOrphans();
      done();
      return;
    }
    this.#awaiting.push(done);
    for (const process of [...shim.processes]) shim.signal(process, 'SIGKILL');
  }

  #inTurn(work: Work): void {
    this.#work.push(work);
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    const work = this.#isClosed ? undefined : this.#work.shift();
    this.#isBusy = work !== undefined;
    work?.(() => this.#next());
  }

  #connect(): void {
    const { trial } = this.#place;
    if (trial === undefined || this.#isClosed) return;
    trial.client = this.#news;
    this.#news(trial.hello());
  }

  readonly #news = (fact: InstanceFact): void => {
    this.#lastNewsAt = Math.max(this.#lastNewsAt, this.#time.now + this.#time.between(0, 2));
    this.#time.at(this.#lastNewsAt, () => {
      if (!this.#isClosed) this.#hear(fact);
    });
  };

  #hear(fact: InstanceFact): void {
    if (fact.kind === 'shim-found') {
      if (fact.main.kind === 'running') this.#main = fact.main.process;
      else this.#mainEnded();
      if (fact.empty) this.#over();
    } else if (fact.kind === 'main-ended') this.#mainEnded();
    else if (fact.kind === 'emptied') this.#over();
    else if (fact.kind === 'shim-lost') {
      this.#ended('has lost its shim');
      this.#killOrphans();
      this.#over();
    }
  }

  #killOrphans(): void {
    for (const shim of this.#place.lostTrials)
      for (const process of [...shim.processes]) shim.signal(process, 'SIGKILL');
  }

  #mainEnded(): void {
    this.#main = undefined;
    this.#ended('ended');
    const { trial } = this.#place;
    for (const process of [...(trial?.processes ?? [])]) trial?.signal(process, 'SIGKILL');
  }

  #ended(problem: string): void {
    if (this.#generation !== undefined) this.#tell({ kind: 'trial-ended', generation: this.#generation, problem });
  }

  /** The shim leaves, being empty. */
  #over(): void {
    this.#place.trial = undefined;
    if (this.#generation !== undefined) this.#tell({ kind: 'trial-over', generation: this.#generation });
    for (const done of this.#awaiting.splice(0)) done();
  }

  #tell(fact: InstanceFact): void {
    if (!this.#isClosed) this.#report(fact);
  }
}
