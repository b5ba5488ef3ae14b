import { readdirSync, readFileSync } from 'node:fs';

/** How often a process was switched away from since it began, of its own accord and not, with all its threads. */
export function countSwitches(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const texts = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1'));
  return texts
    .flatMap((text) => [...text.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
