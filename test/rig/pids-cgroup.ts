/** A cgroup with a limit of its processes, of version 1 or 2, whichever can be made here. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until.ts';

export interface PidsCgroup extends AsyncDisposable {
  /** Moves a process into it. What that starts from then on is in it too. */
  join(pid: number): void;
  /** From now on there may be so many; more that are there already stay. */
  limit(most: number): void;
}

const v1 = '/sys/fs/cgroup/pids';
const v2 = '/sys/fs/cgroup';

/** Its end moves whatever is in it to where all cgroups begin. Fails where there is none to be had. */
export function makePidsCgroup(): PidsCgroup {
  const root = existsSync(join(v1, 'cgroup.procs')) ? v1 : v2;
  const dir = join(root, `borginit-test-pids-${process.pid}`);
  mkdirSync(dir);
  const members = (): readonly string[] => readFileSync(join(dir, 'cgroup.procs'), 'utf8').match(/\d+/g) ?? [];
  return {
    join: (pid) => writeFileSync(join(dir, 'cgroup.procs'), String(pid)),
    limit: (most) => writeFileSync(join(dir, 'pids.max'), String(most)),
    async [Symbol.asyncDispose]() {
      await until(() => {
        for (const pid of members()) move(pid, root);
        return members().length === 0;
      }, 'an empty cgroup');
      rmdirSync(dir);
    },
  };
}

function move(pid: string, to: string): void {
  try {
    writeFileSync(join(to, 'cgroup.procs'), pid);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
