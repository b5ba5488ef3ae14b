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

export interface Call {
  readonly thread: string;
  readonly name: string;
}

/**
 * The system calls that came to an end. What a sleeping thread was found in, and left in, is none of them.
 *
 * Shape   "4711 read(3, "", 1) = 0", "4711 <... read resumed>"", 1) = 0"
 */
export const returnedCalls = (lines: readonly string[]): readonly Call[] =>
  lines.flatMap((line) => {
    if (/<unfinished \.\.\.>$|<detached \.\.\.>$/.test(line.trimEnd())) return [];
    const [, thread, resumed, called] = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()/.exec(line) ?? [];
    const name = resumed ?? called;
    return thread === undefined || name === undefined ? [] : [{ thread, name }];
  });
