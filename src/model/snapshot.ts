import type { ReloadRecord } from './reload-record.ts';

/** What `borginit status --json` prints: an immutable picture of everything. Pids are those of borginit's own namespace. */
export interface Snapshot {
  readonly name: string;
  readonly role: string | null;
  /** What the revision file says now. */
  readonly revision: string | null;
  /** What keeps the instances from following it; null while nothing does. */
  readonly rollout: RolloutSnapshot | null;
  /** Of init where there is one, otherwise of the process that embeds the supervisor. */
  readonly pid: number;
  readonly supervisor: {
    readonly pid: number;
    /** Of borginit. Another one may lie on the disk by now. */
    readonly version: string;
    readonly startedAt: string;
    /** How often init had to start it again. */
    readonly restarts: number;
  };
  readonly services: Readonly<Record<string, { readonly instances: readonly InstanceSnapshot[] }>>;
}

export interface RolloutSnapshot {
  readonly state: 'waiting' | 'queueing' | 'blocked' | 'moving';
  readonly revision: string;
  /** When the wait ends by itself, or a permit is asked for again, ISO 8601; null where no instant is set. */
  readonly dueAt: string | null;
  /** Whether this borginit is among the first; null where there are no canaries. */
  readonly canary: boolean | null;
  /** For people: the permits that are waited for, the reason why none can be had; may be empty. */
  readonly detail: string;
}

export type InstanceStateName =
  'adopting' | 'down' | 'completed' | 'starting' | 'running' | 'reloading' | 'stopping' | 'backoff' | 'failed';

export type HealthName = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface InstanceSnapshot {
  /** Counted from 1. */
  readonly instance: number;
  readonly state: InstanceStateName;
  /** The reload's phase, the reason for being down, … for people; empty when there is nothing to add. */
  readonly detail: string;
  readonly health: HealthName;
  /** The generation that serves, counted from 1; null before the first. */
  readonly generation: number | null;
  readonly revision: string | null;
  readonly shimPid: number | null;
  readonly mainPid: number | null;
  /** When the generation's main process was started, ISO 8601. */
  readonly startedAt: string | null;
  /** Since the supervisor's first start, not counting those that an operator asked for. */
  readonly restarts: number;
  /** Of everything that runs below the shim, in per cent of one core; null when nothing can be measured. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
  /**
   * Since when whoever reads borginit's output has not taken what the instance wrote, ISO 8601; null while nothing waits, and where
   * its output does not come through borginit. It goes on until its pipe is full, then its writes wait too.
   */
  readonly outputWaitingSince: string | null;
  readonly workers: readonly WorkerSnapshot[];
  readonly lastReload: ReloadRecord | null;
}

export interface WorkerSnapshot {
  readonly pid: number;
  /** The server's own number for the worker, or its rank by age. */
  readonly index: number;
  readonly generation: number;
  readonly title: string;
  readonly activity: 'booting' | 'idle' | 'busy' | 'draining' | 'unknown';
  /** Of one core, since the previous look; null when it cannot be read. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
}
