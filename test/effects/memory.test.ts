import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryCgroups, memoryFor, roomFor, type MemoryPlace } from '../../src/effects/memory.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const mib = 1_048_576;
const pid = 7;
const worker = { pid, startTicks: 1 };

/** A machine with these files below /sys/fs/cgroup and /proc. */
function machine(files: Readonly<Record<string, string | number>>): MemoryPlace {
  const dir = makeTempDir();
  const place = { cgroups: join(dir, 'cgroup'), proc: join(dir, 'proc') };
  for (const [name, content] of Object.entries(files)) {
    const file = join(dir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${content}\n`);
  }
  return place;
}

const v2 = (path: string, most: number | 'max', used: number, inactive = 0) => ({
  [`cgroup${path}/memory.max`]: most === 'max' ? most : most * mib,
  [`cgroup${path}/memory.current`]: used * mib,
  [`cgroup${path}/memory.stat`]: `anon 1\nfile 2\ninactive_file ${inactive * mib}\nactive_file 3`,
});

const v1 = (path: string, most: number, used: number, inactive = 0) => ({
  [`cgroup/memory${path}/memory.limit_in_bytes`]: most,
  [`cgroup/memory${path}/memory.usage_in_bytes`]: used * mib,
  [`cgroup/memory${path}/memory.stat`]: `inactive_file 5\ntotal_inactive_file ${inactive * mib}`,
});

const unlimited = '9223372036854771712';
const inV2 = (path: string) => ({ 'proc/7/cgroup': `0::${path}` });
const inV1 = (path: string) => ({ 'proc/7/cgroup': `9:cpu:/\n4:cpuset,memory:${path}\n0::/` });

describe('the room for one process more', () => {
  it.each([
    { what: 'is what is left below the limit', files: { ...inV2('/web'), ...v2('/web', 100, 40) }, room: 60 },
    { what: 'has no end without a limit', files: { ...inV2('/web'), ...v2('/web', 'max', 40) }, room: undefined },
    {
      what: 'counts files that can be read again as free',
      files: { ...inV2('/web'), ...v2('/web', 100, 90, 30) },
      room: 40,
    },
    {
      what: 'is that of the nearest limit, whichever cgroup has it',
      files: { ...inV2('/pod/web'), ...v2('/pod/web', 100, 10), ...v2('/pod', 60, 50), ...v2('', 'max', 50) },
      room: 10,
    },
    {
      what: 'is that of the root in a container, whose path is the one outside of it',
      files: { ...inV2('/docker/4f2c'), ...v2('', 100, 30) },
      room: 70,
    },
    { what: 'is never less than nothing', files: { ...inV2('/web'), ...v2('/web', 100, 110) }, room: 0 },
    {
      what: 'is as well what version 1 says',
      files: { ...inV1('/web'), ...v1('/web', 100 * mib, 40, 10), ...v1('', Number(unlimited), 400) },
      room: 70,
    },
    {
      what: 'has no end by the largest number of version 1',
      files: { ...inV1('/web'), ...v1('/web', Number(unlimited), 40) },
      room: undefined,
    },
    {
      what: 'is found where version 2 is mounted beside version 1',
      files: { ...inV2('/web'), ...v2('/unified/web', 100, 40) },
      room: 60,
    },
    { what: 'has no end where there are no cgroups', files: {}, room: undefined },
    {
      what: 'has no end where the files say something else',
      files: { ...inV2('/web'), 'cgroup/web/memory.max': 'plenty', 'cgroup/web/memory.current': '1' },
      room: undefined,
    },
  ])('$what', ({ files, room }) => {
    expect(roomFor(pid, machine(files))).toBe(room === undefined ? undefined : room * mib);
  });

  it('is asked of no process where there is none', () => {
    expect(memoryFor([], machine({}))).toEqual({ roomBytes: undefined, workerBytes: 0 });
  });
});

describe('the size of one process more', () => {
  const rollup = (kibibytes: number): string =>
    `00400000-7ffd [rollup]\nRss:  90000 kB\nPrivate_Clean:  ${kibibytes} kB\nPrivate_Dirty:  ${2 * kibibytes} kB`;

  it('is what the largest has for itself alone', () => {
    const place = machine({ 'proc/7/smaps_rollup': rollup(10), 'proc/8/smaps_rollup': rollup(20) });
    expect(memoryFor([worker, { pid: 8, startTicks: 2 }], place).workerBytes).toBe(60 * 1_024);
  });

  it('is all that it has where its parts are hidden from us', () => {
    expect(memoryFor([worker], machine({ 'proc/7/status': 'Name:\truby\nVmRSS:\t  500 kB' })).workerBytes).toBe(
      500 * 1_024,
    );
  });

  it('is nothing where it has ended', () => {
    expect(memoryFor([worker], machine({}))).toEqual({ roomBytes: undefined, workerBytes: 0 });
  });

  it('is seen of a real process, this one', () => {
    expect(memoryFor([{ pid: process.pid, startTicks: 1 }]).workerBytes).toBeGreaterThan(mib);
  });
});

it.each([
  { content: '0::/\n', cgroups: [{ version: 2, path: '/' }] },
  { content: '4:memory:/a:b\n1:name=systemd:/x\n', cgroups: [{ version: 1, path: '/a:b' }] },
  { content: '2:memory_recursive:/x\nnonsense', cgroups: [] },
])('reads $content', ({ content, cgroups }) => {
  expect(memoryCgroups(content)).toEqual(cgroups);
});
