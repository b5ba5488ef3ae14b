import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { BorginitError } from '../../model/errors.ts';
import type { World } from './world.ts';

const names = ['borginit.yaml', 'borginit.yml', 'borginit.json'];

/**
 * The configuration that is meant: the one named, else $BORGINIT_CONFIG, else the first that exists of
 * `borginit.{yaml,yml,json}` in the working directory and in /etc.
 *
 * Fails   CONFIG_UNREADABLE when none exists
 */
export function findConfigFile(named: string | undefined, { env, cwd }: Pick<World, 'env' | 'cwd'>): string {
  const given = named ?? env['BORGINIT_CONFIG'];
  if (given !== undefined && given !== '') return resolve(cwd, given);
  const candidates = [cwd, '/etc'].flatMap((directory) => names.map((name) => resolve(directory, name)));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw new BorginitError('CONFIG_UNREADABLE', `cannot find a configuration: none of ${candidates.join(', ')} exists`);
}
