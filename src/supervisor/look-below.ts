/** One look at the processes below a shim, at as much of them as their server's profile goes by. */
import { beatingProcessesBelow, processesBelow, threadedProcessesBelow } from '../effects/proc.ts';
import type { ProcessInfo } from '../model/process.ts';
import type { Profile } from '../model/profile.ts';

export function lookBelow(shimPid: number, { roles }: Profile): readonly ProcessInfo[] {
  const sign = roles?.readyWorker;
  switch (sign?.kind) {
    case 'beating':
      return beatingProcessesBelow(shimPid, sign.file);
    case 'threaded':
      return threadedProcessesBelow(shimPid);
    case 'catching':
    case undefined:
      return processesBelow(shimPid);
  }
}
