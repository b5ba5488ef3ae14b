import { lstatSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

import { BorginitError } from '../../model/errors.ts';
import { restoreRunDir } from '../../supervisor/run-dir.ts';

export interface Opened {
  close(): Promise<void>;
}

/** Between two attempts where the directory cannot be had: it is read-only, or its parent is gone. */
export const retryMs = 1_000;

/**
 * Something that can be reached at a path for as long as it is open: where somebody removes that, or its directory, it
 * is opened there once more. One that has taken the path meanwhile is left in peace.
 *
 * Fails   the first time, as `open` does; later ones are tried again
 */
export async function keepOpen(path: string, open: () => Promise<Opened>): Promise<Opened> {
  const kept = new KeptSocket(path, open, await open());
  kept.watch();
  return kept;
}

class KeptSocket implements Opened {
  readonly #path: string;
  readonly #open: () => Promise<Opened>;
  #opened: Opened;
  #watcher: FSWatcher | undefined;
  #retry: NodeJS.Timeout | undefined;
  #reopening: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(path: string, open: () => Promise<Opened>, opened: Opened) {
    this.#path = path;
    this.#open = open;
    this.#opened = opened;
  }

  watch(): void {
    const { ino } = lstatSync(this.#path);
    const isThere = (): boolean => lstatSync(this.#path, { throwIfNoEntry: false })?.ino === ino;
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, () => {
        if (!isThere()) this.#reopen();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watches are left. Whoever removes the path has to do without it, as ever.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    clearTimeout(this.#retry);
    await this.#reopening;
    await this.#opened.close();
  }

  #reopen(): void {
    this.#watcher?.close();
    if (!this.#isClosed) this.#reopening = this.#tryToReopen();
  }

  async #tryToReopen(): Promise<void> {
    const lost = this.#opened;
    try {
      restoreRunDir(dirname(this.#path));
      this.#opened = await this.#open();
      this.watch();
    } catch (error) {
      const isTaken = error instanceof BorginitError && error.code === 'CONTROL_IN_USE';
      if (!isTaken && !this.#isClosed) this.#retry = setTimeout(() => this.#reopen(), retryMs).unref();
      return;
    }
    if (this.#isClosed) this.#watcher?.close();
    await lost.close();
  }
}
