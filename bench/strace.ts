import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { startCommand } from '../test/rig/command.ts';
import { tempDir } from '../test/rig/temp-dir.ts';
import { until } from '../test/rig/until.ts';

/** Runs `during` while strace looks at living processes. Returns the lines that it wrote. */
export async function trace(
  pids: readonly number[],
  options: readonly string[],
  during: () => Promise<void>,
): Promise<readonly string[]> {
  await using dir = await tempDir();
  const file = join(dir.path, 'trace');
  const targets = pids.flatMap((pid) => ['-p', String(pid)]);
  await using strace = startCommand(['strace', '-f', '-o', file, ...options, ...targets]);
  await until((note) => {
    note(strace.stderr());
    return pids.every((pid) => strace.stderr().includes(`Process ${pid} attached`));
  }, 'strace attached');
  await during();
  strace.kill('SIGINT');
  await strace.exit;
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}
