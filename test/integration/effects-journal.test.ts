import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readJournal } from '../../src/effects/journal.ts';
import { fixture, start, type Program } from '../fixtures/effects/program.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';
import { until } from '../rig/until.ts';

it('keeps the previous journal when the file system is full, and recovers', async () => {
  const directory = makeTempDir();
  const script = 'mount -t tmpfs -o size=64k none "$1" && shift && exec "$@"';
  const program = [process.execPath, fixture('writes-journal.ts'), directory];
  const { child, says, lines } = start(['unshare', '--mount', 'sh', '-c', script, 'sh', directory, ...program]);
  child.stdin?.write('10000\n60000\n20000\n');
  await says('length 10000', 'length 10000', 'length 20000');
  expect(lines).toEqual([
    'written',
    'length 10000',
    `cannot write ${join(directory, 'journal.json')}: ENOSPC: no space left on device, write`,
    'length 10000',
    'written',
    'length 20000',
  ]);
});

it('reports a file system that has become read-only', async () => {
  const directory = makeTempDir();
  const script =
    'mount -t tmpfs none "$1" && echo \'"before"\' > "$1/journal.json" && mount -o remount,ro "$1" && shift && exec "$@"';
  const program = [process.execPath, fixture('writes-journal.ts'), directory];
  const { child, says, lines } = start(['unshare', '--mount', 'sh', '-c', script, 'sh', directory, ...program]);
  child.stdin?.write('10\n');
  await says('length 6');
  expect(lines[0]).toMatch(/^cannot write .*\/journal\.json: EROFS/);
});

/** One life of whoever counts, on what is a file system for it alone; it says what is there to be read all the time. */
const countsIn = (directory: string, setUp: string): Program => {
  const program = [process.execPath, fixture('writes-journal.ts'), directory];
  return start(['unshare', '--mount', 'sh', '-ec', `${setUp}; shift; exec "$@"`, 'sh', directory, ...program]);
};

it('writes on when the file system has become full, as long as there is no more to say than before', async () => {
  const directory = makeTempDir();
  const { child, says, lines } = countsIn(directory, 'mount -t tmpfs -o size=1m none "$1"');
  child.stdin?.write('6000\n6000\nfill\n7000\n5000\n7500\n600000\n7000\n');
  await says('length 7000', 'length 7000');
  const written = (length: number): readonly string[] => ['written', `length ${length}`];
  const full = `cannot write ${join(directory, 'journal.json')}: ENOSPC: no space left on device, write`;
  expect(lines).toEqual([
    ...[...written(6_000), ...written(6_000), 'ENOSPC', ...written(7_000), ...written(5_000), ...written(7_500)],
    ...[full, 'length 7500', ...written(7_000)],
  ]);
});

it.each([
  { where: 'with room', prepare: [] },
  { where: 'on a full file system', prepare: ['fill'] },
])('is whole whenever it is looked at, and after a death at any instant, $where', async ({ prepare }) => {
  const directory = makeTempDir();
  // One that outlives those who write to it: they are joined to its holder's mounts.
  const holder = countsIn(directory, 'mount -t tmpfs -o size=1m none "$1"');
  holder.child.stdin?.write(['4000', '4000', ...prepare, '4000\n'].join('\n'));
  await holder.says('length 4000', 'length 4000', 'length 4000');
  const numberIn = (): number => Number(readJournal(`/proc/${holder.pid}/root${directory}`).value);
  let reached = 0;
  for (let life = 1; life <= 10; life++) {
    const enter = ['nsenter', '--target', String(holder.pid), '--mount'] as const;
    const counter = start([...enter, process.execPath, fixture('writes-journal.ts'), directory]);
    counter.child.stdin?.write('count\n');
    await until(() => counter.lines.some((line) => line.startsWith('wrote ')), 'a number that was written');
    for (let looks = 0; looks < 40 * life; looks++) expect(numberIn()).not.toBeNaN();
    await delay(0);
    counter.child.kill('SIGKILL');
    await once(counter.child, 'close');
    const said = counter.lines.filter((line) => line.startsWith('wrote ')).map((line) => Number(line.slice(6)));
    expect(counter.lines.filter((line) => line.startsWith('cannot'))).toEqual([]);
    expect(numberIn()).toBeGreaterThanOrEqual(said.at(-1) ?? Infinity);
    expect(numberIn()).toBeGreaterThan(reached);
    reached = numberIn();
  }
});
