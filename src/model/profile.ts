import type { Signal } from './signal.ts';

/** The servers that borginit knows by name. */
export type ServerName = 'unicorn' | 'none';

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
  /** A master that may be sent that signal is titled so. */
  readonly masterTitle: RegExp;
  readonly workerTitle: RegExp;
  /** Within this span of the signal a new master has appeared, or there will be none. */
  readonly appearsWithinMs: number;
  /** A worker that has loaded the application catches `catches` and does not catch `ignores`. */
  readonly readyWorker: { readonly catches: Signal; readonly ignores: Signal } | undefined;
}
