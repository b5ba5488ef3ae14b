import type { Operation, OperationResult, SupervisorEvents } from '../model/operation.ts';
import type { ReloadRecord } from '../model/reload-record.ts';
import type { Signal } from '../model/signal.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ReloadPlan } from '../model/reload-plan.ts';

/** A supervisor as its users and its surfaces see it. */
export interface Supervisor extends AsyncDisposable {
  /** Adopts what still runs and starts the rest. Resolves when each instance is adopted or its start was asked for. */
  start(): Promise<void>;
  /** Stops every service. Resolves with the exit status that a process of its own should leave with. */
  stop(how?: 'graceful' | 'quick'): Promise<number>;
  /**
   * Lets go of everything and leaves what runs to the next supervisor, which goes on from there. Of no use afterwards.
   * Without one the services run on unsupervised.
   */
  release(): Promise<void>;
  /** A picture of everything, taken now; at rest nothing is measured. */
  snapshot(): Promise<Snapshot>;
  /** The last reloads, oldest first. */
  history(): readonly ReloadRecord[];
  /** Reloads these services, or all; short for `request`. */
  reload(...services: readonly string[]): Promise<readonly OperationResult[]>;
  /** What a reload of these services, or of all, would do now, one plan an instance. Rejects with SERVICE_UNKNOWN. */
  plan(...services: readonly string[]): Promise<readonly ReloadPlan[]>;
  /** Carries an operation out and resolves when it has ended, one result an instance. Rejects with SERVICE_UNKNOWN. */
  request(operation: Operation): Promise<readonly OperationResult[]>;
  /** Treats a signal as if init had received it. */
  signal(signal: Signal): void;
  /** Returns the function that unsubscribes. A listener that throws is unsubscribed and reported as a notice. */
  on<Name extends keyof SupervisorEvents>(event: Name, listener: (value: SupervisorEvents[Name]) => void): () => void;
}
