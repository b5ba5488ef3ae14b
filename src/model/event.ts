import type { GenerationId, InstanceId, Millis, Revision } from './identity.ts';
import type { ExitOutcome } from './outcome.ts';
import type { OutputLine } from './output.ts';
import type { MemorySight, ProcessInfo, ProcessRef } from './process.ts';
import type { Signal } from './signal.ts';
import type { TimerName } from './effect.ts';
import type { ProbePurpose, Verdict } from './probe.ts';
import type { RolloutEvent } from './rollout.ts';

/** When an event was taken from the queue, and the chance that goes with it. Drawn by the supervisor, never by a machine. */
export interface Stamp {
  readonly at: Millis;
  /** The wall clock, in milliseconds since 1970: for people, never for deadlines. */
  readonly wall: Millis;
  /** In [0, 1). */
  readonly chance: number;
  /** What the instance that the event is about wrote last, oldest first. */
  readonly said: readonly OutputLine[];
}

/** What an operator wants of one instance. */
export type InstanceCommand =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly how: 'graceful' | 'quick' }
  | { readonly kind: 'restart' }
  /** `force`: to a revision that was refused, too. */
  | { readonly kind: 'reload'; readonly force: boolean }
  | { readonly kind: 'forward'; readonly signal: Signal };

export type ReloadTrigger = 'revision' | 'operator';

/** What a shim says about its main process. */
export type MainFact =
  | { readonly kind: 'running'; readonly process: ProcessRef }
  | { readonly kind: 'ended'; readonly process: ProcessRef | undefined; readonly outcome: ExitOutcome };

/** What became true of one instance. */
export type InstanceFact =
  /** The revision file names another revision than before, or the rollout has come to this one. */
  | { readonly kind: 'revision-changed' }
  /** A shim answers, newly started or left by an earlier supervisor. `empty`: nothing is alive below it. */
  | {
      readonly kind: 'shim-found';
      readonly shim: ProcessRef;
      readonly main: MainFact;
      readonly empty: boolean;
      readonly second?: ProcessRef | undefined;
    }
  /** No shim answers for this instance. `left`: what lives of what one that was killed had below it. */
  | { readonly kind: 'shim-absent'; readonly left: readonly ProcessRef[] }
  | { readonly kind: 'shim-failed'; readonly problem: string; readonly left: readonly ProcessRef[] }
  /** The shim that we were connected to is gone without having been told to end. */
  | { readonly kind: 'shim-lost'; readonly left: readonly ProcessRef[] }
  /** What lives by now of what a shim has left. */
  | { readonly kind: 'orphans-found'; readonly generation: GenerationId; readonly left: readonly ProcessRef[] }
  | { readonly kind: 'main-ended'; readonly process: ProcessRef | undefined; readonly outcome: ExitOutcome }
  /** The heir named before has become the main process. */
  | { readonly kind: 'main-succeeded'; readonly process: ProcessRef }
  /** The shim has started the command once more, beside the main process. */
  | { readonly kind: 'second-started'; readonly process: ProcessRef }
  /** A watched process has ended. `outcome`: where it was the shim's own child, and no heir. */
  | { readonly kind: 'process-gone'; readonly process: ProcessRef; readonly outcome?: ExitOutcome }
  /** Nothing is alive below the shim. */
  | { readonly kind: 'emptied' }
  /** Every process below the shim, as seen by one look; the answer to `look` and to `weigh`. */
  | {
      readonly kind: 'looked';
      readonly generation: GenerationId;
      readonly processes: readonly ProcessInfo[];
      /** In the answer to `weigh`. */
      readonly memory?: MemorySight;
    }
  | { readonly kind: 'timer-fired'; readonly generation: GenerationId; readonly timer: TimerName }
  | {
      readonly kind: 'probed';
      readonly generation: GenerationId;
      readonly purpose: ProbePurpose;
      readonly verdict: Verdict;
    }
  | {
      /** `reload-ran`: the command that reloads the service has ended. */
      readonly kind: 'prepared' | 'reload-ran';
      readonly generation: GenerationId;
      /** What stands in the way of going on, in one clause; empty when nothing does. */
      readonly problem: string;
    }
  /** The trial ended by itself, or could not begin. Shape of `problem`: "exited with 1" */
  | { readonly kind: 'trial-ended'; readonly generation: GenerationId; readonly problem: string }
  /** Its main process, as long as that lives, and all that it has made. */
  | {
      readonly kind: 'trial-looked';
      readonly generation: GenerationId;
      readonly main: ProcessRef | undefined;
      readonly processes: readonly ProcessInfo[];
    }
  /** Nothing is left of the trial. */
  | { readonly kind: 'trial-over'; readonly generation: GenerationId };

export type InstanceEvent = InstanceCommand | InstanceFact;

/** Everything that the supervisor's machine is stepped with. */
export type SupervisorEvent =
  | { readonly kind: 'instance'; readonly instance: InstanceId; readonly event: InstanceEvent }
  | { readonly kind: 'revision-read'; readonly revision: Revision }
  | { readonly kind: 'rollout'; readonly event: RolloutEvent }
  /** A signal reached PID 1, or the process that embeds the supervisor passes one on. `terminal`: it has one. */
  | { readonly kind: 'signal-received'; readonly signal: Signal; readonly terminal: boolean }
  /** Stop every service, then leave. */
  | { readonly kind: 'leave'; readonly how: 'graceful' | 'quick' };

export type Stamped<E> = E & { readonly stamp: Stamp };
