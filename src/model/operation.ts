import type { ReloadRecord } from './reload-record.ts';

/** What an operator asks of services, by the command line, the control socket or the library. */
export interface Operation {
  readonly kind: 'start' | 'stop' | 'restart' | 'reload';
  /** Names of services; none means all. */
  readonly services: readonly string[];
  /** Of a reload: to a revision that was refused, too. */
  readonly force?: boolean;
}

/** What became of an operation for one instance, told when it has ended one way or the other. */
export interface OperationResult {
  readonly service: string;
  readonly instance: number;
  readonly ok: boolean;
  /** One clause. Shape: "running, generation 4", "cannot reload: it is not running". */
  readonly what: string;
  /** Of a reload that was begun. */
  readonly reload: ReloadRecord | null;
}

/** One change of state, as listeners hear of it. */
export interface Transition {
  readonly service: string;
  readonly instance: number;
  /** Names of states, a reload's phase included. Shape: "running", "reloading/proving". */
  readonly from: string;
  readonly to: string;
  /** The kind of the event that caused it. */
  readonly event: string;
  readonly generation: number | null;
  readonly revision: string | null;
  /** What the state has to add: the outcome that led to a backoff, the reason of a rollback. Empty when nothing. */
  readonly detail: string;
}

/** Something that the supervisor noticed and that is no change of state: a shim that did not obey, a revision file that cannot be read. */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  /** Constant text; the facts are in `facts`. */
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** What a running supervisor offers to its surfaces. */
export interface SupervisorEvents {
  readonly transition: Transition;
  readonly reload: ReloadRecord;
  readonly notice: Notice;
  /** Everything is at rest and will stay so; the status is what the process should leave with. */
  readonly left: { readonly status: number };
}
