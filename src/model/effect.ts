import type { GenerationId, InstanceId, Millis, Revision } from './identity.ts';
import type { ProcessRef } from './process.ts';
import type { Mark } from './profile.ts';
import type { ProbeSpec } from './spec.ts';
import type { Signal } from './signal.ts';
import type { ProbePurpose } from './probe.ts';
import type { RolloutEffect } from './rollout.ts';

/** A timer's name within its instance; setting it again replaces it. */
export type TimerName = 'stop' | 'backoff' | 'health' | 'look' | 'deadline' | 'step' | 'retry';

/** To whom a signal goes. `all`: every process below the shim. */
export type SignalTarget =
  { readonly kind: 'main' } | { readonly kind: 'process'; readonly process: ProcessRef } | { readonly kind: 'all' };

/** What the machine asks for, for one instance. Results, failures included, come back as facts. */
export type InstanceEffect =
  /** Start a shim, and through it a main process → `shim-found` or `shim-failed`. */
  | { readonly kind: 'start-shim' }
  /** Connect to the instance's living shim → `shim-found` or `shim-absent`. `known`: who was below it, and itself. */
  | { readonly kind: 'find-shim'; readonly known: readonly ProcessRef[] }
  /** Look for what the shim has left that is no more → `orphans-found`. */
  | { readonly kind: 'find-orphans'; readonly generation: GenerationId; readonly known: readonly ProcessRef[] }
  /** Signal a process that has no shim any more, if it lives. */
  | { readonly kind: 'signal-orphan'; readonly process: ProcessRef; readonly signal: Signal }
  | { readonly kind: 'signal'; readonly target: SignalTarget; readonly signal: Signal }
  /** The same, if the process shows that mark; otherwise it is said that it was not passed on, and no more. */
  | { readonly kind: 'pass-on'; readonly process: ProcessRef; readonly signal: Signal; readonly mark: Mark }
  /** End everything below the shim with SIGKILL → `emptied`. */
  | { readonly kind: 'kill-all' }
  /** Tell the empty shim that its news was read and that it may leave. */
  | { readonly kind: 'end-shim' }
  /** Report the end of this process → `process-gone`. */
  | { readonly kind: 'watch'; readonly process: ProcessRef }
  /** Start the command once more, beside the main process → `second-started`. */
  | { readonly kind: 'start-second' }
  /** This process becomes the main one as soon as the present one has ended → `main-succeeded`. */
  | { readonly kind: 'name-heir'; readonly process: ProcessRef }
  /** One look at the processes below the shim → `looked`. */
  | { readonly kind: 'look'; readonly generation: GenerationId }
  /** The same, which also says whether there is memory for another process like these → `looked`. */
  | { readonly kind: 'weigh'; readonly generation: GenerationId; readonly workers: readonly ProcessRef[] }
  | { readonly kind: 'timer'; readonly generation: GenerationId; readonly timer: TimerName; readonly at: Millis }
  /** → `probed`. While the answers are awaited, the processes in `frozen` stand still. */
  | {
      readonly kind: 'probe';
      readonly generation: GenerationId;
      readonly purpose: ProbePurpose;
      /** Undefined where the service has no health check: then it passes by itself. */
      readonly probe: ProbeSpec | undefined;
      readonly timeoutMs: number;
      /** How many answers in a row must pass. */
      readonly times: number;
      /** Which every answer must name, where answers name one; undefined for any. */
      readonly revision: Revision | undefined;
      readonly frozen: readonly ProcessRef[];
      /** Nobody is stopped for it unless somebody, whoever it is, answers within this. */
      readonly calmMs?: Millis;
      /** Whose working directory must be the release that is current; undefined where that says nothing. */
      readonly master: ProcessRef | undefined;
    }
  /** Run the service's prepare hook and its check, where it has them, and see whether `main` could be executed anew → `prepared`. */
  | {
      readonly kind: 'prepare';
      readonly generation: GenerationId;
      readonly main: ProcessRef;
      readonly timeoutMs: number;
    }
  /** Run the command that reloads the service → `reload-ran`. */
  | { readonly kind: 'run-reload'; readonly generation: GenerationId; readonly timeoutMs: number }
  /** Start the next generation on a port of its own, after whatever is left of another trial → `trial-ended`, if it ends. */
  | { readonly kind: 'start-trial'; readonly generation: GenerationId }
  /** One look at the trial's processes → `trial-looked`. */
  | { readonly kind: 'look-at-trial'; readonly generation: GenerationId }
  /** Tell the trial to stop, or kill all that is left of it → `trial-over`. */
  | { readonly kind: 'end-trial'; readonly generation: GenerationId; readonly how: 'graceful' | 'kill' };

export type SupervisorEffect =
  | { readonly kind: 'instance'; readonly instance: InstanceId; readonly effect: InstanceEffect }
  | { readonly kind: 'rollout'; readonly effect: RolloutEffect }
  /** Write the state to disk before any later effect is performed. */
  | { readonly kind: 'journal' }
  /** Read the revision file again, in case that a change of it was missed → `revision-read`. */
  | { readonly kind: 'check-revision' }
  /** Everything is at rest: leave with this exit status. */
  | { readonly kind: 'leave'; readonly status: number };
