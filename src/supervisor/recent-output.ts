import type { Millis } from '../model/identity.ts';
import type { OutputLine } from '../model/output.ts';

const linesMax = 20;
/** As much of each as a record keeps, and what may not be shown besides. */
const lineMaxLength = 500;

/** The last lines that an instance and its trials have written. */
export class RecentOutput {
  #lines: readonly OutputLine[] = [];

  add(texts: readonly string[], at: Millis): void {
    const lines = texts.slice(-linesMax).map((text): OutputLine => ({ at, text: text.slice(0, lineMaxLength) }));
    this.#lines = [...this.#lines, ...lines].slice(-linesMax);
  }

  /** Oldest first. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }
}
