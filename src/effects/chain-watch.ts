import { watchDirectory, type DirectoryWatch } from './directory-watch.ts';
import { isMountPoint, tellsChanges } from './file-system.ts';
import { resolveChain, type Chain, type Station } from './link-chain.ts';

/** `events`: the kernel tells of each change. `polling`: somewhere on the way it does not, so that we look each second. */
export type WatchMode = 'events' | 'polling';

export interface ChainListener {
  mode(mode: WatchMode): void;
  /** Something on the way may have changed. The next call waits for the end of this one. */
  look(): Promise<void>;
}

interface Guard {
  readonly station: Station;
  /** Undefined where the file system would tell nothing. */
  readonly watch: DirectoryWatch | undefined;
  readonly hears: boolean;
}

const pollMs = 1_000;

/** Notices whatever may change the content of a file, by watching each name on the way to it. */
export class ChainWatch {
  /** Resolves when the first look is over and each later change leads to another. */
  readonly ready: Promise<void>;
  readonly #file: string;
  readonly #listener: ChainListener;
  readonly #guards = new Map<string, Guard>();
  readonly #closing = new Set<Promise<void>>();
  #mode: WatchMode | undefined;
  #poll: NodeJS.Timeout | undefined;
  #isDue = false;
  #isClosed = false;
  #round: Promise<void> | undefined;

  constructor(file: string, listener: ChainListener) {
    this.#file = file;
    this.#listener = listener;
    this.check();
    this.ready = this.#round ?? Promise.resolve();
  }

  /** Asks for a look. */
  check(): void {
    this.#isDue = true;
    if (!this.#isClosed) this.#round ??= this.#lookUntilStill();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#poll);
    for (const directory of [...this.#guards.keys()]) this.#dismiss(directory);
    await this.#round;
    await Promise.allSettled(this.#closing);
  }

  /** Ends with a look that began when everything was guarded: what changed before was seen by it, what changes later is heard. */
  async #lookUntilStill(): Promise<void> {
    // Not before the constructor is over: a listener may want to use what it makes.
    await Promise.resolve();
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      await this.#listener.look();
      if (await this.#guard(await resolveChain(this.#file))) this.#isDue = true;
    }
    this.#round = undefined;
  }

  /** Returns whether any name was unguarded until now. */
  async #guard(chain: Chain): Promise<boolean> {
    for (const directory of [...this.#guards.keys()]) if (!chain.stations.has(directory)) this.#dismiss(directory);
    let isNew = false;
    for (const [directory, station] of chain.stations) {
      const guard = this.#guards.get(directory);
      if (guard !== undefined && isSameStation(guard.station, station)) continue;
      isNew = true;
      if (guard?.station.identity === station.identity) this.#guards.set(directory, { ...guard, station });
      else await this.#post(directory, station);
    }
    if (isNew) await this.#settleMode(chain);
    return isNew;
  }

  async #post(directory: string, station: Station): Promise<void> {
    this.#dismiss(directory);
    const isTold = await tellsChanges(directory);
    if (this.#isClosed) return;
    const watch = isTold ? this.#watch(directory) : undefined;
    this.#guards.set(directory, { station, watch, hears: isTold });
    const hears = (await watch?.ready) ?? false;
    // The directory may have been replaced meanwhile, and its guard dismissed.
    if (this.#guards.get(directory)?.watch === watch) this.#guards.set(directory, { station, watch, hears });
  }

  #watch(directory: string): DirectoryWatch {
    return watchDirectory(directory, {
      named: (name) => {
        if (name === undefined || this.#guards.get(directory)?.station.names.has(name) === true) this.check();
      },
      replaced: () => {
        this.#dismiss(directory);
        this.check();
      },
    });
  }

  #dismiss(directory: string): void {
    const closing = this.#guards.get(directory)?.watch?.close();
    this.#guards.delete(directory);
    if (closing === undefined) return;
    this.#closing.add(closing);
    const forget = (): void => void this.#closing.delete(closing);
    closing.then(forget, forget);
  }

  async #settleMode({ end }: Chain): Promise<void> {
    const everyoneHears = [...this.#guards.values()].every((guard) => guard.hears);
    const mode = everyoneHears && !(await isMountPoint(end)) ? 'events' : 'polling';
    if (this.#isClosed || mode === this.#mode) return;
    this.#mode = mode;
    clearInterval(this.#poll);
    if (mode === 'polling') this.#poll = setInterval(() => this.check(), pollMs);
    this.#listener.mode(mode);
  }
}

const isSameStation = (a: Station, b: Station): boolean =>
  a.identity === b.identity && a.names.size === b.names.size && [...a.names].every((name) => b.names.has(name));
