/**
 * A reload: the phases between two generations, each with exactly what is true in it.
 *
 * preparing ◄─► trying                                    on a port of its own, where nobody can reach it
 *     │
 *     ├──────┬─► starting ─┬─► proving ─┬───────────────┬─► soaking ──► retiring ──► (running, the new generation)
 *     │      │      │      │      │     └► handing-over ┘      │
 *     │      │      │      │      │              │             │
 *     │      │      │      │      └─────┬────────┴─────────────┘
 *     │      │      │      │            ├──► salvaging     the old master ended by itself
 *     │      │      ▼      │            ▼
 *     │      │  rolling-back ◄──────────┴──► (running: the old generation, or what is left of it)
 *     │      ├─► renewing ─┤
 *     ▼      └─► (stopping, starting) ─► proving
 *  (running, the old generation)
 *
 * With `reexec` and `overlap` a new master appears beside the old one: nothing is taken from the old generation before the new one is
 * proven, and from `retiring` on there is no way back. Where the two do not fit into memory side by side, one new worker
 * is proven, and in `handing-over` the others take the places of the old ones. With `signal` and `command` the same master renews its workers, so
 * the new generation's master is the old one's; with `restart` the service is stopped and started. There is nothing to
 * roll back to then, and the verdict says what came of it.
 */
import type { Millis, Revision } from '../../model/identity.ts';
import type { ProcessRef } from '../../model/process.ts';
import type { ReloadTrigger } from '../../model/event.ts';
import type { Strategy } from '../../model/profile.ts';
import type { TimelineEntry } from '../../model/reload-record.ts';

/** A generation by its number. */
export interface Numbered {
  readonly number: number;
  readonly revision: Revision | undefined;
}

/** How far the new generation has come to its workers. */
export type Handover =
  /** All of them at once. */
  | { readonly kind: 'together' }
  /** One after the other, and one is to be proven first: the others that its master starts with go again. */
  | {
      readonly kind: 'narrowing';
      /** Those that the new master was told to take away. */
      readonly leaving: readonly ProcessRef[];
      readonly toldAt: Millis | undefined;
      /** Since when the number of its workers has not changed. */
      readonly steadySince: Millis | undefined;
    }
  /** The old generation gives its places up: it may have fewer workers than it had. */
  | {
      readonly kind: 'under-way';
      /** How many it had when its master was told to take one away that may not have gone yet; undefined where none is to go. */
      readonly taking: number | undefined;
    };

/** What a master was told last about the number of its workers, and how many it had. */
export interface Told {
  readonly at: Millis;
  readonly count: number;
}

/** True in every phase. */
export interface Plan {
  readonly strategy: Exclude<Strategy, 'none'>;
  readonly trigger: ReloadTrigger;
  readonly from: Numbered;
  readonly target: Numbered;
  /** Monotonic and by the wall clock. */
  readonly requestedAt: Millis;
  readonly requestedWall: Millis;
  /** Not proven by then: roll back. */
  readonly deadline: Millis;
  /** How many workers there were when the server was first told to reload; undefined until then. */
  readonly expected: number | undefined;
  readonly handover: Handover;
  /** The phases so far. */
  readonly timeline: readonly TimelineEntry[];
}

/** The new generation: its master and what has been seen of its workers. */
export interface Fresh {
  readonly master: ProcessRef;
  readonly image: string;
  readonly startedAt: Millis;
  readonly workers: readonly ProcessRef[];
  /** How many of its workers have ended. */
  readonly deaths: number;
  /** When one of its workers was first seen ready: only from then on can it have taken a request. */
  readonly readyAt: Millis | undefined;
}

export type Reload =
  | (Plan & {
      readonly phase: 'preparing';
      /** `hook`: it runs. `looking`: for a master that may be signalled. */
      readonly step: 'hook' | 'looking';
    })
  | (Plan & {
      readonly phase: 'preparing';
      /** A second master, begun by somebody else, was told to go. */
      readonly step: 'clearing';
      readonly second: ProcessRef;
    })
  | (Plan & {
      readonly phase: 'trying';
      /** `pausing`: the next question comes at the next step. `holding`: it has answered, and must go on doing so. */
      readonly step: 'pausing' | 'asking' | 'holding' | 'asking-last' | 'ending';
      readonly workers: readonly ProcessRef[];
      /** How many of its workers have ended. */
      readonly deaths: number;
      /** What speaks against it; empty when nothing does. */
      readonly problem: string;
      /** Whether that may go right another time. */
      readonly mayPass: boolean;
    })
  | (Plan & {
      readonly phase: 'starting';
      /** Who starts the new master. */
      readonly by: 'master';
      /** `uncertain`: an earlier supervisor was about to send the signal. */
      readonly signal: 'sent' | 'uncertain';
      readonly appearsBy: Millis;
      /** Children of the old master before the signal that were no workers. */
      readonly strangers: readonly ProcessRef[];
      /** Seen by the last look, and no more than likely. */
      readonly suspects: readonly ProcessRef[];
      readonly expected: number;
    })
  | (Plan & {
      readonly phase: 'starting';
      readonly by: 'shim';
      readonly appearsBy: Millis;
      readonly expected: number;
    })
  | (Plan & {
      readonly phase: 'renewing';
      /** `uncertain`: an earlier supervisor was about to send the signal. */
      readonly signal: 'sent' | 'uncertain';
      readonly showsBy: Millis;
      /** An old worker that is not ready by then will never be, and its master waits for it. */
      readonly stuckAt: Millis;
      /** The master's, before the signal. */
      readonly image: string;
      /** The workers before the signal. */
      readonly old: readonly ProcessRef[];
      readonly expected: number;
    })
  | (Plan & {
      readonly phase: 'proving';
      readonly expected: number;
      readonly fresh: Fresh;
      /** The old workers, as last seen. */
      readonly old: readonly ProcessRef[];
      /**
       * `tasting`: the first workers are ready, and one question is asked before the rest have booted. `widening`: they
       * gave no bad answer. `asking`: for the proof. `pausing`: it was silent, the next question comes at the next step.
       */
      readonly step: 'booting' | 'tasting' | 'widening' | 'asking' | 'pausing';
      /** What is still wanting, for the reason of a rollback. */
      readonly wanting: string;
    })
  | (Plan & HandingOver)
  | (Plan & {
      readonly phase: 'soaking';
      readonly expected: number;
      readonly fresh: Fresh;
      readonly old: readonly ProcessRef[];
      readonly until: Millis;
      /** `due`: one look, then the next probe. `asking-last`: with the old workers standing still, before they are told to go. */
      readonly step: 'holding' | 'due' | 'asking' | 'asking-last';
    })
  | (Plan & {
      readonly phase: 'retiring';
      readonly fresh: Fresh;
      /** The old workers, and when they and their master are killed. */
      readonly old: readonly ProcessRef[];
      readonly killAt: Millis;
      /** `sweeping`: the old master has gone, or is the new one; some of its workers may not have. */
      readonly step: 'quitting' | 'sweeping';
      /** For the record. */
      readonly why: string;
    })
  | (Plan & {
      readonly phase: 'rolling-back';
      readonly expected: number;
      readonly fresh: Fresh;
      readonly why: string;
      /** Whether what went wrong may go right another time. */
      readonly mayPass: boolean;
      readonly step: 'quitting' | 'killing';
      readonly stepUntil: Millis;
      /** For how long the new generation could have taken requests. */
      readonly exposureMs: Millis;
    })
  | (Plan & {
      readonly phase: 'rolling-back';
      readonly expected: number;
      readonly fresh: Fresh;
      readonly why: string;
      readonly mayPass: boolean;
      readonly exposureMs: Millis;
      /** The new generation has gone. `yielding`: workers that were to come back to the old one do not live. */
      readonly step: 'restoring' | 'yielding';
      readonly stepUntil: Millis;
      /** The old workers as last seen, how many have ended since, and what their master was told. */
      readonly old: readonly ProcessRef[];
      readonly deaths: number;
      readonly told: Told | undefined;
    })
  | (Plan & {
      readonly phase: 'salvaging';
      readonly fresh: Fresh;
      /** The old workers: some servers' go on without their master, and bridge the gap. */
      readonly old: readonly ProcessRef[];
      /** `growing`: it serves, but with fewer workers than there were. */
      readonly step: 'booting' | 'asking' | 'pausing' | 'growing';
      readonly told: Told | undefined;
    });

/** Worker by worker, the new generation takes the places of the old one. */
export type HandingOver = {
  readonly phase: 'handing-over';
  readonly expected: number;
  readonly fresh: Fresh;
  readonly old: readonly ProcessRef[];
} & (
  | {
      /**
       * `choosing`: the next look decides. `weighing`: it has been asked whether there is memory for one more. `waiting`:
       * there is not. `taking`: the old master was told to take one away.
       */
      readonly step: 'choosing' | 'weighing' | 'waiting' | 'taking';
    }
  | {
      /**
       * `adding`: the new master was told to start one more. `asking`: those that were not in `before` are asked alone.
       * `pausing`: they were silent. `resuming`: an earlier supervisor was about to tell one of the masters.
       */
      readonly step: 'adding' | 'asking' | 'pausing' | 'resuming';
      /** The new workers that had answered. */
      readonly before: readonly ProcessRef[];
    }
);

export type Phase = Reload['phase'];
export type InPhase<P extends Phase> = Extract<Reload, { phase: P }>;
