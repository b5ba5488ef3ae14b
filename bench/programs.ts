import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Whether a program of that name is on the path. */
export const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Its end takes the namespace's PID 1, and with that the whole namespace, along. */
export const newNamespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL'] as const;

/** Whether a pid namespace of our own can be had. */
export function canIsolate(): boolean {
  const [program, ...args] = newNamespace;
  return process.getuid?.() === 0 && spawnSync(program, [...args, 'true']).status === 0;
}

/** Whether strace is there and may look at a process that it did not start. */
export const canTrace = (): boolean =>
  hasProgram('strace') && spawnSync('sh', ['-c', 'sleep 1 & strace -p $! -o /dev/null']).status === 0;
