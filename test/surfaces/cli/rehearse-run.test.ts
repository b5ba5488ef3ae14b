import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { main } from '../../../src/surfaces/cli/main.ts';
import { fakeWorld } from '../fake-world.ts';
import { tempDir } from '../temp-dir.ts';

/** Rehearses a configuration; what it printed, its status, and what is in its run directory afterwards. */
async function rehearse(config: string, env: NodeJS.ProcessEnv = {}) {
  const directory = tempDir();
  writeFileSync(join(directory, 'borginit.yaml'), config);
  const runDir = join(directory, 'run');
  const binary = { BORGINIT_PPIDSHIM: process.execPath };
  const { world, printed } = fakeWorld(directory, { BORGINIT_RUN_DIR: runDir, ...binary, ...env });
  const exit = await main(['run', '--rehearse'], world);
  return { exit, ...printed, made: exit === 0 ? readdirSync(runDir) : [] };
}

const good = 'services: { web: { command: [sleep, 1000] } }';

describe('run --rehearse', () => {
  it('says that it would come up, and does nothing', async () => {
    const stdout = expect.stringMatching(/^borginit \d+\.\d+\.\d+ would come up\n$/) as string;
    expect(await rehearse(good)).toEqual({ exit: 0, stdout, stderr: '', made: [] });
  });

  it.each([
    { what: 'a mistake in the configuration', config: 'services: {}', exit: 2, says: 'services' },
    {
      what: 'no shim',
      config: good,
      env: { BORGINIT_PPIDSHIM: '/absent/ppidshim' },
      exit: 69,
      says: '/absent/ppidshim',
    },
    { what: 'no run directory', config: good, env: { BORGINIT_RUN_DIR: '/absent/run' }, exit: 73, says: '/absent/run' },
  ])('says in its last line what is in the way: $what', async ({ config, env, exit, says }) => {
    const found = await rehearse(config, env);
    expect(found).toMatchObject({ exit, stdout: '' });
    expect(found.stderr.trimEnd().split('\n').at(-1)).toContain(says);
  });
});
