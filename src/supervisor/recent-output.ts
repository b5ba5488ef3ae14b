import type { Millis } from '../model/identity.ts';
import type { OutputLine } from '../model/output.ts';

const linesMax = 20;
/** As much of each as a record keeps, and what may not be shown besides. */
const lineMaxLength = 500;

/** Most traces are indented. Ruby programs log theirs line by line: "/srv/app.rb:3:in `load'". */
const rubyFrame = /^\S+:\d+:in [`'][^`']+'$/;

/** The last lines that an instance and its trials have written; but not those of a trace, which say where and not what. */
export class RecentOutput {
  #lines: readonly OutputLine[] = [];

  add(texts: readonly string[], at: Millis): void {
    const telling = texts.filter((text) => /^\S/.test(text) && !rubyFrame.test(text));
    const lines = telling.slice(-linesMax).map((text): OutputLine => ({ at, text: text.slice(0, lineMaxLength) }));
    this.#lines = [...this.#lines, ...lines].slice(-linesMax);
  }

  /** Oldest first. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }
}
