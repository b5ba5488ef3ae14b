import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process beside the test that works until it is stopped, and then reports. */
export interface Reporter<Result> extends AsyncDisposable {
  stop(): Promise<Result>;
}

/**
 * Starts a script of this directory and hands it its order; resolves when it says that it has begun.
 * The script is sent the order and then "stop"; it answers each with one message, and exits after the second.
 *
 * Fails   when the script ends without an answer
 */
export async function startReporter<Result>(script: string, order: object): Promise<Reporter<Result>> {
  const child = fork(join(import.meta.dirname, script), { execArgv: [] });
  const exited = once(child, 'exit');
  const ask = async (message: object | 'stop'): Promise<unknown> => {
    const early = exited.then(() => Promise.reject(new Error(`cannot hear ${script}: it has ended`)));
    const answer = once(child, 'message').then(([text]: unknown[]) => text);
    child.send(message);
    return Promise.race([answer, early]);
  };
  await ask(order);
  return {
    stop: async () => (await ask('stop')) as Result,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
