/** The journal, kept up to date: that it cannot be written is said once, and it is tried again until it can. */
import type { Notice } from '../model/operation.ts';
import type { Journal } from './hands.ts';

/** Until then a successor would go on from an older decision. */
export const retryMs = 1_000;

export class KeptJournal {
  readonly #journal: Journal;
  /** What is to be written, as of now. */
  readonly #compose: () => unknown;
  readonly #say: (notice: Notice) => void;
  #problem: string | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(journal: Journal, compose: () => unknown, say: (notice: Notice) => void) {
    this.#journal = journal;
    this.#compose = compose;
    this.#say = say;
  }

  write(): void {
    clearTimeout(this.#retry);
    const writing = this.#journal.write(this.#compose());
    if (!writing.ok) this.#retry = setTimeout(() => this.write(), retryMs);
    this.#tell(writing.ok ? undefined : writing.problem);
  }

  close(): void {
    clearTimeout(this.#retry);
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === undefined) this.#say({ level: 'info', message: 'the journal is up to date again', facts: {} });
    else this.#say({ level: 'warn', message: 'the journal is not up to date', facts: { problem } });
  }
}
