/** Instances that run and are not configured any more: nobody adopts them, so they are told to stop, and released. */
import { signalOrphan } from '../effects/orphans.ts';
import { instancesIn, shimSocketOf, trialSocketOf } from '../effects/run-dir.ts';
import type { InstanceFact } from '../model/event.ts';
import type { InstanceId } from '../model/identity.ts';
import type { Report } from './hands.ts';
import { Leftover } from './leftover.ts';
import { ShimLink } from './shim-link.ts';

/** How it was to be stopped, only its shim knows by now. */
const stopMs = 10_000;

/** Resolves when all have been told; whatever has no shim any more is gone by then. */
export async function endStrays(
  runDir: string,
  configured: readonly InstanceId[],
  notice: Report['notice'],
): Promise<void> {
  const strays = instancesIn(runDir).filter((id) => !configured.includes(id));
  await Promise.all(
    strays.flatMap((id) => {
      const tell: Report['notice'] = (one) => notice({ ...one, facts: { instance: id, ...one.facts } });
      return [shimSocketOf(runDir, id), trialSocketOf(runDir, id)].map((socket) => endStray(socket, tell));
    }),
  );
}

async function endStray(socket: string, notice: Report['notice']): Promise<void> {
  const facts: InstanceFact[] = [];
  const link = new ShimLink(socket, { fact: (fact) => facts.push(fact), notice }, () => undefined);
  const isThere = await link.connect();
  const [found] = facts;
  if (!isThere || found?.kind !== 'shim-found') return endOrphans(new Leftover(socket, { notice }), notice);
  notice({ level: 'warn', message: 'stopping an instance that is not configured', facts: { pid: found.shim.pid } });
  if (found.empty) await link.end();
  else {
    // What is left without a main process is not told by the shim.
    if (found.main.kind === 'ended') await link.request({ kind: 'signal', target: { kind: 'all' }, signal: 'SIGTERM' });
    // It stops its main process, kills what is left in the end, and leaves.
    signalOrphan(found.shim, 'SIGTERM');
  }
  await link.close();
}

async function endOrphans(left: Leftover, notice: Report['notice']): Promise<void> {
  const processes = left.find([]);
  if (processes.length === 0) return;
  const pids = processes.map(({ pid }) => pid).join(' ');
  notice({ level: 'warn', message: 'ending what an instance has left that is not configured', facts: { pids } });
  await left.end(stopMs);
}
