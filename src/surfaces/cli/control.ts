import { join } from 'node:path';

import { BorginitError } from '../../model/errors.ts';
import { findRunDir } from '../../supervisor/run-dir.ts';
import { callControl, type CallOptions, type ControlAnswer } from '../http/control-client.ts';
import type { World } from './world.ts';

/** Where the supervisor that the environment points to listens. Fails with CONTROL_UNREACHABLE when there is none. */
export function controlPath({ env }: World): string {
  const directory = findRunDir(env) ?? env['BORGINIT_RUN_DIR'] ?? '';
  // A directory that was named is tried even if nothing is in it: the failure then names the path.
  if (directory !== '') return join(directory, 'control.sock');
  throw new BorginitError('CONTROL_UNREACHABLE', 'cannot reach borginit: it is in none of the usual run directories');
}

/** How long a question may take; an operation takes as long as it takes. */
const questionMs = 5_000;

/** Asks the running supervisor. Fails as `callControl` does. */
export const ask = (world: World, route: string): Promise<ControlAnswer> =>
  callControl(controlPath(world), 'GET', route, undefined, { timeoutMs: questionMs });

/** Orders something from the running supervisor. Fails as `callControl` does. */
export const order = (world: World, route: string, body: unknown, options: CallOptions = {}): Promise<ControlAnswer> =>
  callControl(controlPath(world), 'POST', route, body, options);

/** Prints JSON for programs: one line. */
export const printJson = (world: World, value: unknown): void => world.stdout.write(`${JSON.stringify(value)}\n`);
