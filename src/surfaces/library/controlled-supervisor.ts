/** A supervisor in somebody's process answers `borginit status` like any other, and owns its run directory alone. */
import type { Supervisor } from '../../supervisor/api.ts';
import { serveControl } from '../http/control-server.ts';

/**
 * The same supervisor with a control socket, from its start until everything is at rest or it is disposed of. The
 * socket is also the lock: of two supervisors on one run directory, the second one's `start` fails and touches nothing.
 *
 * Fails   `start` rejects with CONTROL_IN_USE or RUN_DIR_UNUSABLE
 */
export function withControl(supervisor: Supervisor, socket: string): Supervisor {
  let control: ReturnType<typeof serveControl> | undefined;
  let closing: Promise<void> | undefined;
  // One that could not be opened needs no closing, and its failure was told by `start`.
  const closeOpened = async (): Promise<void> => control?.then((server) => server.close()).catch(() => undefined);
  const close = (): Promise<void> => (closing ??= closeOpened());
  supervisor.on('left', () => void close());
  return {
    start: async () => {
      control = serveControl(supervisor, socket);
      await control;
      await supervisor.start();
    },
    stop: (how) => supervisor.stop(how),
    release: async () => {
      await supervisor.release();
      await close();
    },
    snapshot: () => supervisor.snapshot(),
    history: () => supervisor.history(),
    reload: (...services) => supervisor.reload(...services),
    plan: (...services) => supervisor.plan(...services),
    request: (operation) => supervisor.request(operation),
    signal: (signal) => supervisor.signal(signal),
    on: (event, listener) => supervisor.on(event, listener),
    [Symbol.asyncDispose]: async () => {
      await supervisor[Symbol.asyncDispose]();
      await close();
    },
  };
}
