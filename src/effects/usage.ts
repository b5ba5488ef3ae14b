export interface Usage {
  /** Of one core, since the previous look at this process; 0 at the first. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
}

/** Measures processes. Those that have ended are missing from the answer, and all are where nothing can be measured; never rejects. */
export async function usageOf(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  try {
    const { default: pidusage } = await import('pidusage');
    // All in one call: at its first, the package runs getconf(1) twice.
    const stats: Readonly<Record<string, { cpu: number; memory: number } | null>> = await pidusage([...pids]);
    return new Map(
      pids.flatMap((pid) => {
        const stat = stats[pid] ?? null;
        return stat === null ? [] : [[pid, { cpuPercent: stat.cpu, rssBytes: stat.memory }]];
      }),
    );
  } catch {
    // Asked about nobody, about a single process that has ended since, or after another release has taken our files' place.
    return new Map();
  }
}
