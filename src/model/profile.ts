import type { ProcessInfo } from './process.ts';
import type { Signal } from './signal.ts';

/** The servers that borginit knows by name. */
export type ServerName = 'unicorn' | 'gunicorn' | 'none';

/** What is known about one kind of server. Data only: how to read its processes, what its signals mean. */
export interface Profile {
  readonly name: ServerName;
  /** Recognises the server in a command line's first words. */
  readonly command: RegExp | undefined;
  readonly signals: {
    /** Finish the requests in flight, then exit. */
    readonly gracefulStop: Signal;
    /** Exit now. */
    readonly quickStop: Signal;
    /** What to do with each signal that an operator sends to PID 1; a signal not listed is not passed on. */
    readonly forwarded: readonly Signal[];
  };
  /** How to replace a generation with its successor; undefined where the server cannot. */
  readonly reexec: ReexecProfile | undefined;
}

export interface ReexecProfile {
  /** Sent to the old master; it forks and executes the new one. */
  readonly signal: Signal;
  /** How a master shows that it may be sent that signal. */
  readonly readyMaster: Mark;
  readonly workerTitle: RegExp;
  /** Within this span of the signal a new master has appeared, or there will be none. */
  readonly appearsWithinMs: number;
  /** A worker that has loaded the application catches `catches` and does not catch `ignores`. */
  readonly readyWorker: { readonly catches: Signal; readonly ignores: Signal } | undefined;
}

/** What a process shows that has set its handlers: before that, a signal would end it. */
export type Mark =
  | { readonly kind: 'titled'; readonly title: RegExp }
  /** Not for a language whose runtime catches the signal by itself from the beginning, as Ruby's does. */
  | { readonly kind: 'catching'; readonly signals: readonly Signal[] };

export const shows = (mark: Mark, { title, catches }: Pick<ProcessInfo, 'title' | 'catches'>): boolean =>
  mark.kind === 'titled' ? mark.title.test(title) : mark.signals.every((signal) => catches.includes(signal));
