/** One look at the processes below a shim, at as much of them as their server is known by. */
import { isAccepting, socketsOf } from '../effects/accepting.ts';
import { beatingProcessesBelow, processesBelow, threadedProcessesBelow } from '../effects/proc.ts';
import type { ProcessInfo } from '../model/process.ts';
import type { ServiceSpec } from '../model/spec.ts';

type Known = Pick<ServiceSpec, 'server' | 'listen'>;

export function lookBelow(shimPid: number, { server: { roles }, listen }: Known): readonly ProcessInfo[] {
  const sign = roles?.readyWorker;
  switch (sign?.kind) {
    case 'beating':
      return beatingProcessesBelow(shimPid, sign.file);
    case 'threaded':
      return threadedProcessesBelow(shimPid);
    case 'catching':
      return processesBelow(shimPid);
    case undefined:
      return roles === undefined && listen.length > 0 ? acceptingProcessesBelow(shimPid) : processesBelow(shimPid);
  }
}

/** With whether they wait for connections, which is all that there is to see of a program of which nothing is known. */
function acceptingProcessesBelow(shimPid: number): readonly ProcessInfo[] {
  const sockets = socketsOf(shimPid);
  return processesBelow(shimPid).map((process) => {
    const accepting = isAccepting(process.pid, sockets);
    return accepting === undefined ? process : { ...process, isAccepting: accepting };
  });
}
