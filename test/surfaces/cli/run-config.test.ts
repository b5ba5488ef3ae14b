import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseCommandLine } from '../../../src/surfaces/cli/command-line.ts';
import { readConfig } from '../../../src/surfaces/cli/run-config.ts';
import { fakeWorld } from '../fake-world.ts';
import { tempDir } from '../temp-dir.ts';

function read(directory: string, ...argv: readonly string[]) {
  const line = parseCommandLine(argv);
  if (line.kind !== 'command') throw new Error('no command');
  return readConfig(line.args, fakeWorld(directory).world, () => undefined);
}

describe('what run was asked to run', () => {
  it('is a command, where one is given', async () => {
    expect(await read(tempDir(), '--', 'sleep', '1')).toMatchObject({ mode: 'command', services: [{ name: 'sleep' }] });
  });

  it('is otherwise a configuration', async () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'borginit.yaml'), 'services: { web: { command: [sleep, 1] } }');
    expect(await read(directory)).toMatchObject({ mode: 'services', services: [{ name: 'web' }] });
  });

  it('is missed where there is neither', async () => {
    await expect(read(tempDir())).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });
});
