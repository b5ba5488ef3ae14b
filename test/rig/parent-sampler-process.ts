/**
 * The process behind `sampleParents`: looks at all parents as fast as it can until the parent says stop.
 *
 *   parent → the watch, then "stop"      → parent "started" after the first look, then the result
 */
import { allProcesses, descendants, readTitle } from './processes.ts';
import type { Orphan, ParentSamples, ParentWatch } from './parent-sampler.ts';

const key = (row: { pid: number; startTicks: number }): string => `${row.pid} ${row.startTicks}`;

class Sampler {
  readonly #watch: ParentWatch;
  readonly #title: RegExp | undefined;
  readonly #known = new Set<string>();
  readonly #orphans = new Map<string, Orphan>();
  #looks = 0;

  constructor(watch: ParentWatch) {
    this.#watch = watch;
    this.#title = watch.title === undefined ? undefined : new RegExp(watch.title);
  }

  look(): void {
    this.#looks += 1;
    const all = allProcesses();
    if (this.#watch.below !== undefined)
      for (const row of descendants(this.#watch.below, all)) this.#known.add(key(row));
    for (const row of all) {
      if (row.parentPid !== this.#watch.initPid || this.#orphans.has(key(row))) continue;
      const title = readTitle(row.pid);
      if (this.#known.has(key(row)) || this.#title?.test(title) === true) {
        this.#orphans.set(key(row), { pid: row.pid, title, state: row.state });
      }
    }
  }

  result(): ParentSamples {
    return { looks: this.#looks, orphans: [...this.#orphans.values()] };
  }
}

let sampler: Sampler | undefined;

process.on('message', (message) => {
  if (sampler !== undefined) {
    sampler.look();
    process.send?.(sampler.result(), () => process.exit(0));
    return;
  }
  const started = (sampler = new Sampler(message as ParentWatch));
  const again = (): void => {
    started.look();
    setImmediate(again);
  };
  again();
  process.send?.('started');
});
process.on('disconnect', () => process.exit(1));
