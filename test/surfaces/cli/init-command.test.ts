import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { initCommand, rehearsalCommand } from '../../../src/surfaces/cli/init-command.ts';
import { tempDir } from '../temp-dir.ts';

const started = (binary: string) => ({
  env: { BORGINIT_PPIDSHIM: binary },
  execPath: '/usr/bin/node',
  execArgv: ['--max-old-space-size=64'],
  argv: ['/usr/bin/node', '/usr/bin/borginit', 'run', '-c', 'a b.yaml', '--', '-x'],
});

describe('the command line of init', () => {
  it('has this very command line below it', () => {
    const binary = join(tempDir(), 'ppidshim');
    writeFileSync(binary, '');
    chmodSync(binary, 0o755);
    expect(initCommand(started(binary), ['--start-timeout', '0'])).toEqual({
      file: binary,
      // prettier-ignore
      args: [
        binary, '--init', '--name', 'starting', '--start-timeout', '0', '--',
        '/usr/bin/node', '--max-old-space-size=64', '/usr/bin/borginit', 'run', '-c', 'a b.yaml', '--', '-x',
      ],
    });
  });

  it.each([
    { words: ['run', '-c', 'a.yaml'], rehearsal: ['run', '--rehearse', '-c', 'a.yaml'] },
    { words: [], rehearsal: ['--rehearse'] },
    { words: ['--', 'run', '-x'], rehearsal: ['--rehearse', '--', 'run', '-x'] },
  ])('$words is rehearsed as $rehearsal', ({ words, rehearsal }) => {
    const { execPath, execArgv } = started('');
    const argv = [execPath, '/usr/bin/borginit', ...words];
    expect(rehearsalCommand({ ...started(''), argv })).toEqual([
      execPath,
      ...execArgv,
      '/usr/bin/borginit',
      ...rehearsal,
    ]);
  });

  it.each([
    { what: 'missing', make: () => undefined },
    { what: 'not executable', make: (path: string) => writeFileSync(path, '', { mode: 0o644 }) },
  ])('cannot be made with a binary that is $what', ({ make }) => {
    const binary = join(tempDir(), 'ppidshim');
    make(binary);
    expect(() => initCommand(started(binary))).toThrow(
      expect.objectContaining({ code: 'SHIM_MISSING', message: expect.stringContaining(binary) as string }) as Error,
    );
  });
});
