/**
 * Permits that the machines of a fleet share: whoever has locked one of the files holds one.
 *
 * Node has no flock(2), so the program of that name takes the lock, for a `cat` that lives for as long as we hold its
 * standard input. The kernel queues whoever waits, and gives a permit back when its holder dies, however it dies.
 */
import { spawn } from 'node:child_process';
import { createLastLine } from './last-line.ts';

export interface PermitListener {
  readonly taken: () => void;
  /** No permit can be had, or the one that was held is gone. Nothing more is waited for or held then. */
  readonly lost: (problem: string) => void;
}

export interface Permits {
  /** Takes the first of these files that can be locked, however long that takes. The files are made if need be. */
  take(files: readonly string[]): void;
  /** Gives the permit back, or waits no longer; nothing more is told of it. */
  release(): void;
}

/** One file's lock, waited for or held. */
interface Hold {
  end(): void;
}

/** Makes the means to hold one permit at a time. Never throws; a listener is never told before `take` has returned. */
export function createPermits(listener: PermitListener): Permits {
  let mine: readonly Hold[] = [];
  const release = (): void => {
    const ended = mine;
    mine = [];
    for (const hold of ended) hold.end();
  };
  return {
    take(files) {
      release();
      mine = files.map((file) => {
        const hold = lock(file, {
          // What is not ours any more belongs to another taking, or came second.
          taken() {
            if (!mine.includes(hold)) return;
            for (const other of mine) if (other !== hold) other.end();
            mine = [hold];
            listener.taken();
          },
          lost(problem) {
            if (!mine.includes(hold)) return;
            release();
            listener.lost(problem);
          },
        });
        return hold;
      });
    },
    release,
  };
}

function lock(file: string, { taken, lost }: PermitListener): Hold {
  try {
    return lockByProgram(file, { taken, lost });
  } catch (error) {
    // Out of descriptors, for one.
    queueMicrotask(() => lost(`cannot run flock: ${(error as Error).message}`));
    return { end: ignore };
  }
}

function lockByProgram(file: string, { taken, lost }: PermitListener): Hold {
  // A group of its own: what a terminal sends to us is not for it.
  const child = spawn('flock', ['-x', file, 'cat'], { cwd: '/', detached: true });
  const words = createLastLine();
  let isGone = false;
  child.stderr.on('data', (chunk: Buffer) => words.add(child.stderr, chunk));
  // What cat repeats, it repeats with the lock.
  child.stdout.once('data', taken);
  child.once('error', (error) => lost(`cannot run flock: ${error.message}`));
  child.once('close', () => {
    isGone = true;
    lost(words.read() || `the lock on ${file} was lost: its flock has ended`);
  });
  child.stdin.on('error', ignore);
  child.stdin.write('\n');
  return {
    end() {
      child.stdin.end();
      // The whole group: flock alone would leave cat with the lock.
      if (!isGone && child.pid !== undefined) kill(-child.pid);
    },
  };
}

function kill(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // It has ended in this very moment, and the lock with it.
  }
}

/** That it reads no more is told by its end. */
const ignore = (): void => undefined;
