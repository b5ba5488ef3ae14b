/** The world as the supervisor needs it: every effect's driver behind one seam, so that a test or a user may pass another. */
import type { InstanceEffect } from '../model/effect.ts';
import type { InstanceFact } from '../model/event.ts';
import type { InstanceId, Millis, Revision } from '../model/identity.ts';
import type { Notice } from '../model/operation.ts';
import type { OutputLine } from '../model/output.ts';
import type { ProcessInfo, ProcessRef } from '../model/process.ts';
import type { RolloutEffect, RolloutEvent } from '../model/rollout.ts';
import type { ServiceSpec } from '../model/spec.ts';

export interface Hands {
  /** The monotonic clock. */
  readonly now: () => Millis;
  /** In [0, 1). */
  readonly chance: () => number;
  /** Performs one instance's effects and reports what came of them. */
  readonly openInstance: (spec: ServiceSpec, instance: number, report: Report) => InstanceHand;
  /** Has every instance stop that runs and is not configured; resolves when all have been told. */
  readonly endStrays: (configured: readonly InstanceId[], notice: Report['notice']) => Promise<void>;
  readonly watchRevision: (file: string, listener: RevisionListener) => RevisionWatch;
  /** Performs what the rollout asks for and reports what came of it. */
  readonly openRollout: (report: (event: RolloutEvent) => void) => RolloutHand;
  readonly journal: Journal;
  readonly processesBelow: (shim: ProcessRef) => readonly ProcessInfo[];
  readonly usageOf: (
    pids: readonly number[],
  ) => Promise<ReadonlyMap<number, { readonly cpuPercent: number; readonly rssBytes: number }>>;
  readonly busyWorkers: (pids: readonly number[]) => ReadonlySet<number> | undefined;
  /** The init above this process; undefined when it runs without one. */
  readonly init: InitHand | undefined;
}

export interface Journal {
  /** What was written last, as parsed and not validated; undefined when there is none that can be read. */
  readonly read: () => { readonly value: unknown; readonly problem: string | undefined };
  readonly write: (value: unknown) => { readonly ok: true } | { readonly ok: false; readonly problem: string };
}

export interface Report {
  readonly fact: (fact: InstanceFact) => void;
  readonly notice: (notice: Notice) => void;
}

export interface InstanceHand {
  readonly perform: (effect: InstanceEffect) => void;
  /** The last lines that it and its trials have written, oldest first; none where they do not come through us. */
  readonly recentOutput: () => readonly OutputLine[];
  /** Since when whoever reads our output has not taken what the instance wrote; undefined where nothing waits. */
  readonly outputWaitingSince: () => Date | undefined;
  /** Lets go of sockets and timers; what runs goes on running. Resolves when a shim that was told to leave has left. */
  readonly close: () => Promise<void>;
}

export interface RolloutHand {
  readonly perform: (effect: RolloutEffect) => void;
  /** Lets go of the timer and of the permit. */
  readonly close: () => void;
}

export interface RevisionListener {
  readonly revision: (revision: Revision) => void;
  readonly problem: (text: string) => void;
  readonly mode: (mode: 'events' | 'polling') => void;
}

export interface RevisionWatch {
  /** Reads the file now. */
  readonly check: () => void;
  readonly close: () => Promise<void>;
  /** Resolves when the first reading was reported and changes are watched for. */
  readonly ready: Promise<void>;
}

export interface InitLimits {
  /** The event loop never stands still for longer, unless it hangs; undefined where that may be. */
  readonly watchdogMs: Millis | undefined;
  /** A stop of all services takes no longer. */
  readonly stopWithinMs: Millis;
}

export interface InitHand {
  readonly process: ProcessRef;
  /** How often init has started the supervisor again. */
  readonly restarts: number;
  readonly setTitle: (text: string) => void;
  /** Has init end a supervisor that hangs, and the services where no supervisor does. */
  readonly watchOver: (limits: InitLimits) => void;
  /** Tells init what becomes of the services. */
  readonly show: (stage: 'serving' | 'stopping') => void;
  /** Tells init the decision to leave; resolves when it was said. */
  readonly exit: (status: number) => Promise<void>;
  /** Tells init that this process ends in order to be started again; resolves when it was said. */
  readonly again: () => Promise<void>;
  readonly close: () => void;
}
