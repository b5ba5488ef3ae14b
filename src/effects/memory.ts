/** How much memory a process may still take before its cgroup is full, and how much others like it have. */
import { readFileSync } from 'node:fs';
import type { MemorySight, ProcessRef } from '../model/process.ts';
import { dirname, join } from 'node:path';

/** Where cgroups are mounted, and where processes are shown. */
export interface MemoryPlace {
  readonly cgroups: string;
  readonly proc: string;
}

const here: MemoryPlace = { cgroups: '/sys/fs/cgroup', proc: '/proc' };

/** Looks at the room for one more process like these, in their cgroup and those above it. Those that have ended say nothing. */
export function memoryFor(workers: readonly ProcessRef[], place = here): MemorySight {
  const [first] = workers;
  const sizes = workers.map(({ pid }) => sizeOf(pid, place));
  return {
    roomBytes: first === undefined ? undefined : roomFor(first.pid, place),
    workerBytes: Math.max(0, ...sizes),
  };
}

/** What ends with the process: its pages that nobody shares. All of its pages where only those are shown to us. */
function sizeOf(pid: number, { proc }: MemoryPlace): number {
  const rollup = readText(join(proc, String(pid), 'smaps_rollup'));
  const own = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)];
  const lines =
    own.length > 0 ? own : [...readText(join(proc, String(pid), 'status')).matchAll(/^VmRSS:\s+(\d+) kB$/gm)];
  return lines.reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1_024, 0);
}

/** Up to the nearest limit, in the cgroup of the process or one above it; undefined where there is none. */
export function roomFor(pid: number, { cgroups, proc }: MemoryPlace): number | undefined {
  const rooms = memoryCgroups(readText(join(proc, String(pid), 'cgroup'))).flatMap(({ version, path }) =>
    version === 2
      ? [...upwards(cgroups, path), ...upwards(join(cgroups, 'unified'), path)].map((dir) => roomIn(dir, v2))
      : upwards(join(cgroups, 'memory'), path).map((dir) => roomIn(dir, v1)),
  );
  const known = rooms.filter((room) => room !== undefined);
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
}

interface Cgroup {
  readonly version: 1 | 2;
  readonly path: string;
}

/**
 * Reads /proc/PID/cgroup for the cgroups that may limit memory.
 *
 * Source  cgroups(7): "hierarchy:controllers:path", with no controllers in version 2
 */
export const memoryCgroups = (content: string): readonly Cgroup[] =>
  [...content.matchAll(/^\d+:([^:\n]*):(\/.*)$/gm)].flatMap(([, controllers = '', path = '/']): Cgroup[] => {
    if (controllers === '') return [{ version: 2, path }];
    return controllers.split(',').includes('memory') ? [{ version: 1, path }] : [];
  });

/** The directory and all above it, up to the root. In a container the path may be the host's: then only the root is there. */
function upwards(root: string, path: string): readonly string[] {
  const up = (at: string): string[] => (at === '/' || at === '.' ? [root] : [join(root, at), ...up(dirname(at))]);
  return up(join('/', path));
}

interface Names {
  readonly limit: string;
  readonly usage: string;
  /** Of memory.stat: files that were read and can be read again. */
  readonly reclaimable: string;
}

const v2: Names = { limit: 'memory.max', usage: 'memory.current', reclaimable: 'inactive_file' };
const v1: Names = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  reclaimable: 'total_inactive_file',
};

/** Version 1 writes "no limit" as the largest number of whole pages. */
const noLimit = 2 ** 62;

function roomIn(dir: string, { limit, usage, reclaimable }: Names): number | undefined {
  const [most, used] = [limit, usage].map((name) => natural(readText(join(dir, name))));
  if (most === undefined || used === undefined || most >= noLimit) return undefined;
  const files = new RegExp(`^${reclaimable} (\\d+)$`, 'm').exec(readText(join(dir, 'memory.stat')))?.[1];
  return most - (used - Number(files ?? 0));
}

/** Undefined for "max", and for what is not there. */
const natural = (text: string): number | undefined => (/^\d+\s*$/.test(text) ? Number(text) : undefined);

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No such cgroup, or a process that has ended or is hidden from us: it limits nothing, and has no size.
    return '';
  }
}
