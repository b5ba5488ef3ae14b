import type { ProcessInfo } from './process.ts';
import type { Signal } from './signal.ts';

/** How a generation is replaced by the next; `none`: not at all, the service can only be restarted. */
export type Strategy = 'reexec' | 'overlap' | 'signal' | 'command' | 'restart' | 'none';

/** What is known about one kind of server. Data only: how to read its processes, what its signals mean. */
export interface Profile {
  readonly name: string;
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
  /** Undefined for a program of whose processes nothing is known. */
  readonly roles: Roles | undefined;
  /** What is used where the configuration names no strategy. */
  readonly strategy: Strategy;
  /** How it puts a new master beside the old one; undefined where it cannot. */
  readonly reexec: Reexec | undefined;
  /** How a master is told to have one worker more or fewer; undefined where it cannot be. */
  readonly scale: Scale | undefined;
  /** How it renews its workers under the same master; undefined where it cannot. */
  readonly inPlace: InPlace | undefined;
  /** Why it cannot be reloaded by a strategy that one might expect of it, as a clause. */
  readonly cannot: Readonly<Partial<Record<Strategy, string>>>;
  /** What, behind the service's own command, has the server test its configuration and leave. Empty where nothing does. */
  readonly check: readonly string[];
}

/** Who is who in one look at the processes. */
export interface Roles {
  /** How a master shows that it may be sent a signal. */
  readonly readyMaster: Mark;
  /** A child of a master is a worker if it is so titled or is a fork of it; where no title tells, every child is. */
  readonly workerTitle: RegExp | undefined;
  /** Children that are no workers all the same. */
  readonly helperTitle: RegExp | undefined;
  /** How a worker shows that it has loaded the application. Undefined where nothing tells. */
  readonly readyWorker: ReadySign | undefined;
  /** `varying`: as many workers as there is work for. */
  readonly workers: 'fixed' | 'varying';
}

export interface Reexec {
  /** Sent to the old master; it forks and executes the new one. */
  readonly signal: Signal;
  /** Within this span of the signal a new master has appeared, or there will be none. */
  readonly appearsWithinMs: number;
}

export interface Scale {
  /** Sent to a master; it starts one worker more. Two that come close together may count as one. */
  readonly up: Signal;
  /** Sent to a master; it tells one worker to finish its requests and go. */
  readonly down: Signal;
  /** Never fewer than so many. */
  readonly atLeast: number;
  /** Which of its workers a master tells to go. */
  readonly takes: 'youngest' | 'oldest';
  /**
   * What a worker loads that an old master starts: the release that the master was started in, or whatever its link
   * means by then. Neither, where the master has loaded the application itself.
   */
  readonly loads: 'own-release' | 'current-release';
}

export interface InPlace {
  /** Sent to the master; it replaces its workers. */
  readonly signal: Signal;
  /** Within this span of the signal something is to be seen of it, or nothing will come of it. */
  readonly showsWithinMs: number;
  /** Whether the master executes itself anew: then the old workers are gone before there are new ones. */
  readonly executes: boolean;
}

export type ReadySign =
  /** It catches `catches`, and does not catch `ignores`. */
  | { readonly kind: 'catching'; readonly catches: Signal; readonly ignores: Signal | undefined }
  /** It has touched a file that it holds open, and goes on touching it, for its master to see that it lives. */
  | { readonly kind: 'beating'; readonly file: RegExp }
  /** It has a thread of that name; while it boots, one of the name `booting`. */
  | { readonly kind: 'threaded'; readonly thread: RegExp; readonly booting: RegExp };

/** What a process shows that has set its handlers: before that, a signal would end it. */
export type Mark =
  | { readonly kind: 'titled'; readonly title: RegExp }
  /** Not for a language whose runtime catches the signal by itself from the beginning, as Ruby's does. */
  | { readonly kind: 'catching'; readonly signals: readonly Signal[] };

export const shows = (mark: Mark, { title, catches }: Pick<ProcessInfo, 'title' | 'catches'>): boolean =>
  mark.kind === 'titled' ? mark.title.test(title) : mark.signals.every((signal) => catches.includes(signal));
