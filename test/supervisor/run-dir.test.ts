import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configFromObject } from '../../src/config/object-config.ts';
import { runDirFor } from '../../src/supervisor/run-dir.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

it('has room for the last instance of each service, whose name is the longest', () => {
  const parent = makeTempDir();
  const name = 'x'.repeat(107 - `${parent}/run/services/.1/trial.sock`.length);
  const place = (instances: number): string => {
    const result = configFromObject({ services: { [name]: { command: ['true'], instances } } }, '/');
    if (!result.ok) throw new Error(`cannot make the configuration: ${result.issues[0]?.problem}`);
    return runDirFor(result.config, { BORGINIT_RUN_DIR: join(parent, 'run') });
  };
  expect(place(9)).toBe(join(parent, 'run'));
  expect(() => place(10)).toThrow(`too long for the socket of ${name}.10`);
});
