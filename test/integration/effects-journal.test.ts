import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixture, start } from '../fixtures/effects/program.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

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
