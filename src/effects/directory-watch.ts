import { basename } from 'node:path';
import { FSWatcher } from 'chokidar';

export interface DirectoryListener {
  /** Something happened to this name in the directory, or to one that the kernel does not tell. */
  named(name: string | undefined): void;
  /** The directory itself was moved, removed or replaced, or a child of the same name was: what follows may be missed. */
  replaced(): void;
}

/** The kernel's events about one directory's names, but not about what is below them. */
export interface DirectoryWatch {
  /** Resolves once events come; false when they never will: no watches left, not allowed, polling forced upon chokidar. */
  readonly ready: Promise<boolean>;
  close(): Promise<void>;
}

/**
 * chokidar, but for one thing: it would list a directory and look at each entry in it, and we want its events alone,
 * however many entries there are.
 */
class EventWatcher extends FSWatcher {
  override createScanStream(): undefined {
    return undefined;
  }
}

/** Watches a directory whose path has no links in it. Each event arrives as the kernel gives it: not held back, not merged. */
export function watchDirectory(directory: string, listener: DirectoryListener): DirectoryWatch {
  const watcher = createWatcher(directory);
  if (watcher === undefined) return { ready: Promise.resolve(false), close: () => Promise.resolve() };
  watcher.on('raw', (event, name, details) => {
    // chokidar moves to a parent when the directory is gone; that one has a watch of its own here.
    if ((details as { watchedPath?: string }).watchedPath !== directory) return;
    if (event === 'rename' && name === basename(directory)) listener.replaced();
    listener.named(name ?? undefined);
  });
  let settle: (hears: boolean) => void = () => undefined;
  const ready = new Promise<boolean>((resolve) => (settle = resolve));
  watcher.on('error', () => settle(false));
  watcher.on('ready', () => settle(!watcher.options.backendCapabilities.polling));
  watcher.add(directory);
  return {
    ready,
    close() {
      settle(false);
      return watcher.close();
    },
  };
}

function createWatcher(directory: string): EventWatcher | undefined {
  try {
    return new EventWatcher({ depth: 0, ignoreInitial: true, ignored: (path) => path !== directory });
  } catch {
    // It reads options of its own from the environment, and CHOKIDAR_INTERVAL may hold anything.
    return undefined;
  }
}
