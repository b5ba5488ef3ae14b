/**
 * A reload of the `reexec` kind: the phases between two generations, each with exactly what is true in it.
 *
 * preparing ──► starting ──► proving ──► soaking ──► retiring ──► (running, the new generation)
 *     │            │            │           │
 *     │            │            └─────┬─────┘
 *     │            │                  ├──► salvaging     the old master ended by itself
 *     │            │                  ▼
 *     └────────────┴─────────► rolling-back ──► (running, the old generation)
 *
 * Nothing is taken from the old generation before the new one is proven; from `retiring` on there is no way back.
 */
import type { Millis, Revision } from '../../model/identity.ts';
import type { ProcessRef } from '../../model/process.ts';
import type { ReloadTrigger } from '../../model/event.ts';

/** True in every phase. */
export interface Plan {
  readonly trigger: ReloadTrigger;
  readonly target: { readonly number: number; readonly revision: Revision | undefined };
  /** Monotonic and by the wall clock. */
  readonly requestedAt: Millis;
  readonly requestedWall: Millis;
  /** Not proven by then: roll back. */
  readonly deadline: Millis;
}

/** The new master and what has been seen of its workers. */
export interface Fresh {
  readonly master: ProcessRef;
  readonly image: string;
  readonly startedAt: Millis;
  readonly workers: readonly ProcessRef[];
  /** How many of its workers have ended. */
  readonly deaths: number;
  /** Whether any of its workers has ever been ready: only then can it have taken a request. */
  readonly wasReady: boolean;
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
      readonly phase: 'starting';
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
      readonly phase: 'proving';
      readonly expected: number;
      readonly fresh: Fresh;
      /** The old workers, as last seen. */
      readonly old: readonly ProcessRef[];
      /** `asking`: a probe is under way. `pausing`: it was silent, the next one comes at the next step. */
      readonly step: 'booting' | 'asking' | 'pausing';
      /** What is still wanting, for the reason of a rollback. */
      readonly wanting: string;
    })
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
      /** `sweeping`: the old master has gone, some of its workers may not have. */
      readonly step: 'quitting' | 'sweeping';
      /** For the record. */
      readonly why: string;
    })
  | (Plan & {
      readonly phase: 'rolling-back';
      readonly expected: number;
      readonly fresh: Fresh;
      readonly from: string;
      readonly why: string;
      readonly step: 'quitting' | 'killing' | 'restoring';
      readonly stepUntil: Millis;
    })
  | (Plan & {
      readonly phase: 'salvaging';
      readonly fresh: Fresh;
      /** The old workers: some servers' go on without their master, and bridge the gap. */
      readonly old: readonly ProcessRef[];
      readonly step: 'booting' | 'asking' | 'pausing';
    });

export type Phase = Reload['phase'];
export type InPhase<P extends Phase> = Extract<Reload, { phase: P }>;
