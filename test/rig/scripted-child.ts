import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

/** What a scripted child can be told. Each is answered when it is done, but `exit` and `die`, which cannot be. */
export type Order =
  | { readonly kind: 'exit'; readonly code: number }
  /** Ends itself by a signal. */
  | { readonly kind: 'die'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'print'; readonly text: string; readonly to?: 'stdout' | 'stderr' }
  /** Catches a signal and does nothing but tell the test. */
  | { readonly kind: 'catch'; readonly signal: NodeJS.Signals }
  /** Starts another scripted child; the test meets it as the next one. */
  | { readonly kind: 'fork' };

/** A process that does what the test says, and tells what happens to it. */
export interface ScriptedChild {
  /** As it calls itself: inside a namespace, the inner pid. */
  readonly pid: number;
  readonly parentPid: number;
  /** The signals that it caught so far, in order. */
  readonly caught: readonly string[];
  /** Resolves when the order is carried out; for `exit` and `die`, when the process is gone. */
  tell(order: Order): Promise<void>;
  /** Resolves when the process is gone, whatever ended it. */
  readonly gone: Promise<void>;
}

export interface ScriptedChildren extends AsyncDisposable {
  /** Starts one; may be run any number of times, by anybody. */
  readonly command: readonly [string, ...string[]];
  /** Waits for the next child that was started. */
  next(): Promise<ScriptedChild>;
}

/** Listens for scripted children on a socket in `dir`. */
export async function scriptedChildren(dir: string): Promise<ScriptedChildren> {
  const path = join(dir, 'script.sock');
  const waiting: ScriptedChild[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void meet(socket).then((child) => waiting.push(child));
  }).listen(path);
  await once(server, 'listening');
  return {
    command: [process.execPath, join(import.meta.dirname, 'scripted-child-process.ts'), path],
    next: () => until(() => waiting.shift(), 'a scripted child'),
    async [Symbol.asyncDispose]() {
      // A child whose socket is closed exits.
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The child's first line says who it is; every later one is a signal that it caught or an order that it carried out. */
async function meet(socket: Socket): Promise<ScriptedChild> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  const caught: string[] = [];
  const done: (() => void)[] = [];
  // A reset is how a child that was killed says good-bye.
  const lines = createInterface(socket).on('error', () => undefined);
  const hello = once(lines, 'line') as Promise<[string]>;
  lines.on('line', (line) => {
    const [word = '', signal] = line.split(' ');
    if (word === 'caught' && signal !== undefined) caught.push(signal);
    if (word === 'done') done.shift()?.();
  });
  const [pid = 0, parentPid = 0] = (await hello)[0].split(' ').slice(1).map(Number);
  return {
    pid,
    parentPid,
    caught,
    gone,
    tell(order) {
      const carriedOut = new Promise<void>((resolve) => done.push(resolve));
      socket.write(`${JSON.stringify(order)}\n`);
      return Promise.race([carriedOut, gone]);
    },
  };
}
