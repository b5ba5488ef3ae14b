import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Millis } from '../model/identity.ts';
import { signalName, type Signal } from '../model/signal.ts';
import { startPulse, type Pulse, type Stage } from './pulse.ts';

/** The line to init. docs/reference/shim-protocol.md, "Above the supervisor". */
export interface InitChannel {
  /** How often init had to start the supervisor again. */
  readonly restarts: number;
  /** Init's title from now on; cut to what fits into one line. */
  setTitle(text: string): void;
  /** Has init end us when our event loop stands still for so long, if at all, and says how long a stop may take. */
  watchOver(limits: { readonly watchdogMs: Millis | undefined; readonly stopWithinMs: Millis }): void;
  /** Says what becomes of the services: init stops them itself when it was told to and nobody does. */
  show(stage: Stage): void;
  /** Tells init with which code to leave once we have ended. Resolves when that is said, or cannot be said any more. */
  exit(code: number): Promise<void>;
  /** Tells init that our end is meant to be followed by a new start, and is no failure. Resolves as `exit` does. */
  again(): Promise<void>;
  close(): void;
}

/** In the protocol's unit. */
const seconds = (ms: Millis): number => Math.ceil(ms / 1_000);

/** Longest title in characters: whatever their encoding, well within a line of the protocol. */
const titleMaxLength = 1_000;

/**
 * Joins the channel that init left in the environment; undefined where there is none. Keeps the process alive until it
 * is closed, because a supervisor that runs out of work has not decided to leave.
 *
 * Fails  after opening, in silence: init outlives us or takes us with it, so that nobody would be left to tell
 */
export function openInitChannel(env: NodeJS.ProcessEnv, onSignal: (signal: Signal) => void): InitChannel | undefined {
  const descriptor = socketDescriptor(env['BORGINIT_INIT_FD']);
  if (descriptor === undefined) return undefined;
  const socket = new Socket({ fd: descriptor, readable: true, writable: true });
  socket.on('error', () => socket.destroy());
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  lines.on('line', (line) => {
    // The first line may be the rest of one that a dead predecessor had begun to read: it is no signal then.
    const signal = signalName(Number(/^signal (\d{1,2})$/.exec(line)?.[1] ?? 0));
    if (signal !== undefined) onSignal(signal);
  });
  const say = (line: string): Promise<void> =>
    new Promise((resolve) => void socket.write(`${line}\n`, () => resolve()));
  let pulse: Pulse | undefined;
  return {
    restarts: Number(/^\d{1,9}$/.exec(env['BORGINIT_RESTARTS'] ?? '')?.[0] ?? 0),
    setTitle: (text) => void say(`title ${text.replace(/\p{C}+/gu, ' ').slice(0, titleMaxLength)}`),
    watchOver({ watchdogMs, stopWithinMs }) {
      void say(`stop-timeout ${seconds(stopWithinMs)}\nwatchdog ${seconds(watchdogMs ?? 0)}`);
      // While nobody reads, one sign that waits is enough.
      const beat = (word: string): void => void (socket.writableLength === 0 && say(word));
      if (watchdogMs !== undefined) pulse = startPulse(watchdogMs, beat);
    },
    show(stage) {
      if (pulse === undefined) return;
      void say(stage);
      pulse.show(stage);
    },
    exit: (code) => say(`exit ${code}`),
    again: () => say('again'),
    close() {
      // Whoever has embedded us may have a lot to do yet.
      if (pulse !== undefined) void say('watchdog 0');
      pulse?.stop();
      lines.close();
      socket.destroy();
    },
  };
}

function socketDescriptor(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined;
  try {
    return fstatSync(Number(text)).isSocket() ? Number(text) : undefined;
  } catch {
    // Inherited in name only: it was closed on the way to us.
    return undefined;
  }
}
