import { startReporter, type Reporter } from './reporter.ts';

export interface LoadOptions {
  readonly url: string;
  /** How many requests are in flight at any time. */
  readonly connections?: number;
  /** Reuse connections instead of opening one for each request. */
  readonly keepAlive?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  /** Answered with other than 2xx, refused, reset, cut short or not answered within 5 s. */
  readonly failed: number;
  /** Good answers by their X-Revision header. */
  readonly byRevision: Readonly<Record<string, number>>;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** One line per kind of failure. Shape: "3 × ECONNRESET", "7 × status 500 from r2" */
  readonly errors: readonly string[];
}

/** Starts a closed-loop load. Its end lets the requests in flight finish, so that it loses none by itself. */
export const startLoad = (options: LoadOptions): Promise<Reporter<LoadResult>> =>
  startReporter('load-process.ts', options);
