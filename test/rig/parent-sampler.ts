import { startReporter, type Reporter } from './reporter.ts';

export interface ParentWatch {
  /** The process that must never be a parent: 1, or what PID 1 of a namespace is called from outside. */
  readonly initPid: number;
  /** A regular expression's source; a process with such a title is one of the service's. */
  readonly title?: string;
  /** A process seen below this one is one of the service's, wherever it goes. */
  readonly below?: number;
}

export interface Orphan {
  readonly pid: number;
  readonly title: string;
  readonly state: string;
}

export interface ParentSamples {
  readonly looks: number;
  /** Processes of the service that were seen with init as their parent. */
  readonly orphans: readonly Orphan[];
}

/**
 * Watches, as fast as one process can, whether a service's process ever has init as its parent. The last look is taken
 * when it is stopped.
 */
export const sampleParents = (watch: ParentWatch): Promise<Reporter<ParentSamples>> =>
  startReporter('parent-sampler-process.ts', watch);
