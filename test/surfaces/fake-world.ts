import type { World } from '../../src/surfaces/cli/world.ts';
import { sampleNow } from './sample.ts';

/** A world without a terminal, and what was printed in it. */
export function fakeWorld(cwd: string, env: NodeJS.ProcessEnv = {}) {
  const printed = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => void (printed[name] += text),
    isTerminal: false,
    columns: Infinity,
    isColoured: false,
  });
  const world: World = { env, cwd, stdout: output('stdout'), stderr: output('stderr'), now: () => sampleNow };
  return { world, printed };
}
