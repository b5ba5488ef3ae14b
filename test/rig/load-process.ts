/**
 * The process behind `startLoad`: a closed loop of requests on each connection until the parent says stop.
 *
 *   parent → { url, connections, keepAlive }, then "stop"      → parent "started", then the result
 */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOptions, LoadResult } from './load.ts';
import { request, type Answer } from './request.ts';

/** A refused connection fails in no time; without a pause the failures would measure our own speed. */
const pauseAfterFailureMs = 10;

/** Undefined for a good answer, otherwise what was wrong with it. */
async function failureOf(answer: Promise<Answer>, count: (revision: string) => void): Promise<string | undefined> {
  try {
    const { status, revision } = await answer;
    if (status < 200 || status > 299) return `status ${status} from ${revision}`;
    count(revision);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message;
  }
}

class Load {
  stopped = false;
  readonly #latencies: number[] = [];
  readonly #byRevision: Record<string, number> = {};
  readonly #failures = new Map<string, number>();

  async loop(url: string, agent: Agent | false): Promise<void> {
    while (!this.stopped) {
      const sentAt = performance.now();
      const failure = await failureOf(request(url, agent), (revision) => {
        this.#byRevision[revision] = (this.#byRevision[revision] ?? 0) + 1;
      });
      this.#latencies.push(performance.now() - sentAt);
      if (failure === undefined) continue;
      this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
      await delay(pauseAfterFailureMs);
    }
  }

  result(): LoadResult {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return {
      requests: sorted.length,
      failed: [...this.#failures.values()].reduce((sum, count) => sum + count, 0),
      byRevision: this.#byRevision,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      maxMs: sorted.at(-1) ?? 0,
      errors: [...this.#failures].map(([what, count]) => `${count} × ${what}`),
    };
  }
}

async function run({ url, connections = 4, keepAlive = false }: LoadOptions): Promise<void> {
  const load = new Load();
  const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: connections }) : false;
  process.on('message', () => (load.stopped = true));
  process.send?.('started');
  await Promise.all(Array.from({ length: connections }, () => load.loop(url, agent)));
  process.send?.(load.result(), () => process.exit(0));
}

process.once('message', (options) => void run(options as LoadOptions));
process.on('disconnect', () => process.exit(1));
