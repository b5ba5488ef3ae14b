import type { Signal } from './signal.ts';
import type { OutputMode } from './output.ts';
import type { Profile, Strategy } from './profile.ts';

/** What borginit was asked to run, validated and with every default filled in. Immutable. */
export interface Config {
  /** Shown in PID 1's title and in `status`. */
  readonly name: string;
  readonly role: string | undefined;
  readonly revision: RevisionSpec | undefined;
  /** Undefined where this borginit moves to a new revision as soon as it is read. */
  readonly rollout: RolloutSpec | undefined;
  readonly services: readonly ServiceSpec[];
  readonly supervisor: SupervisorSpec;
  /** `command`: one service whose outcome is the container's (`borginit -- COMMAND…`); `services`: anything else. */
  readonly mode: 'services' | 'command';
}

/** `stop`: services whose supervisor has died are stopped unless another comes soon; `keep`: they go on until it does. */
export type Orphans = 'keep' | 'stop';

export interface SupervisorSpec {
  /** Init ends a supervisor whose event loop stands still for longer; undefined for one that it leaves alone. */
  readonly watchdogMs: number | undefined;
  /** Undefined where nobody has said so: then it depends on who would start the next supervisor. */
  readonly orphans: Orphans | undefined;
}

export interface RevisionSpec {
  /** Absolute and unresolved: its links are followed at each reading. */
  readonly file: string;
}

/** When this borginit, as one of a fleet, moves to a new revision. */
export interface RolloutSpec {
  /** What is hashed: it tells this borginit from the others. */
  readonly name: string;
  /** The reloads of a fleet are spread over this span; 0 for all at once. */
  readonly splayMs: number;
  /** The part of the fleet that moves first, and how much later the others follow. */
  readonly canary: { readonly percent: number; readonly afterMs: number } | undefined;
  /** Undefined where any number may move at the same time. */
  readonly permit: PermitSpec | undefined;
}

/** A fleet has as many permits to move as there are lock files; whoever locks one holds it. */
export interface PermitSpec {
  /** Absolute. The files are this path with ".1", ".2" … behind it. */
  readonly lock: string;
  readonly atMost: number;
}

/** A service's validated, immutable description. */
export interface ServiceSpec {
  readonly name: string;
  /** How many copies run side by side, numbered from 1. */
  readonly instances: number;
  readonly command: readonly [string, ...string[]];
  /** Run before each reload; a failure refuses the reload. */
  readonly prepare: readonly [string, ...string[]] | undefined;
  /** Absolute and unresolved: a start follows its links anew. */
  readonly cwd: string;
  /** What is added to borginit's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** "name", "uid", "name:group" or "uid:gid"; undefined for borginit's own user. */
  readonly user: string | undefined;
  /** Whose signals and titles to go by. */
  readonly server: Profile;
  readonly health: HealthSpec | undefined;
  readonly restart: RestartSpec;
  readonly reload: ReloadSpec;
  readonly stop: StopSpec;
  /** `inherit`: borginit's own standard input; `null`: /dev/null. */
  readonly stdin: 'inherit' | 'null';
  /** The sockets that the shim holds for it, in the order of their descriptors from 3 on; see `ppidshim --listen`. */
  readonly listen: readonly string[];
  readonly output: OutputMode;
}

export interface HealthSpec {
  readonly probe: ProbeSpec;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many failures in a row make a service unhealthy. */
  readonly retries: number;
  /** Failures this soon after the start do not count. */
  readonly startPeriodMs: number;
}

export type ProbeSpec =
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly address: Address;
      readonly host: string;
      /** Where an answer names the revision that gave it; undefined where none does. */
      readonly revisionIn: RevisionPlace | undefined;
    }
  | { readonly kind: 'tcp'; readonly address: Address }
  | {
      readonly kind: 'exec';
      readonly command: readonly [string, ...string[]];
      /** What is added to borginit's own environment. */
      readonly env: Readonly<Record<string, string>>;
    };

/** `body`: somewhere in its beginning, as a whole word. */
export type RevisionPlace = { readonly kind: 'header'; readonly name: string } | { readonly kind: 'body' };

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export interface RestartSpec {
  readonly policy: 'always' | 'on-failure' | 'never';
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  /** Give up at the `after`-th restart within `withinMs`. */
  readonly giveUp: { readonly after: number; readonly withinMs: number };
}

export interface ReloadSpec {
  readonly strategy: Strategy;
  /** With a second master: all its workers beside the old ones, or one after the other in their places. */
  readonly handover: 'together' | 'stepwise';
  /** Has the next generation's configuration tested; a failure refuses the reload. */
  readonly check: readonly [string, ...string[]] | undefined;
  /** What the strategy `command` runs. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** A first start of the next generation where nobody can reach it; undefined where it is not tried. */
  readonly trial: TrialSpec | undefined;
  /** A failure that may pass is tried again so many times, so long after it. */
  readonly retry: { readonly times: number; readonly afterMs: number };
  /** From the request until the new generation is proven. */
  readonly timeoutMs: number;
  /** How long both generations serve before the old one is told to go. */
  readonly soakMs: number;
  /** How long the old generation may take to finish its requests. */
  readonly drainMs: number;
  readonly on: 'revision' | 'request';
}

/** `${port}` in its command and its environment is the port where it is asked. */
export interface TrialSpec {
  readonly command: readonly [string, ...string[]];
  /** What is added to the service's own environment, beside PORT. */
  readonly env: Readonly<Record<string, string>>;
  /** Undefined for one that is free at that moment. */
  readonly port: number | undefined;
  /** For how long it must go on answering. */
  readonly holdMs: number;
}

export interface StopSpec {
  /** The graceful stop. */
  readonly signal: Signal;
  /** From the stop signal until SIGKILL. */
  readonly timeoutMs: number;
}
