/**
 * A new master that comes when its reload has been given up: on a host that stands still it may take longer than anybody
 * waits. Nobody has proven it, and it would serve all the same.
 */
import type { ProcessInfo, ProcessRef } from '../../model/process.ts';
import type { Ledger } from '../life.ts';
import type { Turn } from '../step.ts';
import { findMaster } from './roles.ts';

/** Between two looks: it boots for longer than that. */
export const lateMasterEveryMs = 1_000;

/** Whether one may still come: the signal was sent, and nothing was seen of it. As long again as the reload could have taken. */
export function isLateMasterAwaited({ spec, stamp }: Turn, { lastReload }: Ledger): boolean {
  if (lastReload === undefined || lastReload.outcome !== 'rolled-back') return false;
  if (lastReload.strategy !== 'reexec' || lastReload.phase !== 'starting') return false;
  return stamp.wall < Date.parse(lastReload.startedAt) + lastReload.durationMs + spec.reload.timeoutMs;
}

/** The one that has come, once it can be told to go. */
export function lateMaster(
  turn: Turn,
  ledger: Ledger,
  processes: readonly ProcessInfo[],
  main: ProcessRef,
): ProcessInfo | undefined {
  const { roles } = turn.spec.server;
  return roles === undefined || !isLateMasterAwaited(turn, ledger) ? undefined : findMaster(roles, processes, main);
}
