import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findConfigFile } from '../../../src/surfaces/cli/config-file.ts';
import { tempDir } from '../temp-dir.ts';

describe('the configuration', () => {
  it.each([
    { named: 'a.yaml', env: { BORGINIT_CONFIG: '/b.yaml' }, file: '/app/a.yaml' },
    { named: '/etc/a.yaml', env: {}, file: '/etc/a.yaml' },
    { named: undefined, env: { BORGINIT_CONFIG: 'b.yaml' }, file: '/app/b.yaml' },
  ])('is $file where it is named', ({ named, env, file }) => {
    expect(findConfigFile(named, { env, cwd: '/app' })).toBe(file);
  });

  it.each([
    { present: ['borginit.json', 'borginit.yml', 'borginit.yaml'], found: 'borginit.yaml' },
    { present: ['borginit.json', 'borginit.yml'], found: 'borginit.yml' },
    { present: ['borginit.json'], found: 'borginit.json' },
  ])('is $found where nothing is named and there are $present', ({ present, found }) => {
    const cwd = tempDir();
    for (const name of present) writeFileSync(join(cwd, name), '');
    expect(findConfigFile(undefined, { env: { BORGINIT_CONFIG: '' }, cwd })).toBe(join(cwd, found));
  });

  it('is missed with the list of all places', () => {
    const cwd = tempDir();
    const message = expect.stringContaining(join(cwd, 'borginit.yaml')) as string;
    expect(() => findConfigFile(undefined, { env: {}, cwd })).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', message }) as Error,
    );
  });
});
