/** A minute of what `npm run chaos` does for as long as one likes. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, '../chaos/run.ts');
/** What is mounted for it goes with it. */
const ownMounts = ['--mount', '--propagation', 'private'];

it('costs a service nothing that it is not allowed to, whatever dies and stands still', async () => {
  const options = ['--seed', '1', '--minutes', '1', '--orphans', '1000'];
  const run = promisify(execFile)('unshare', [...ownMounts, process.execPath, script, ...options]);
  const printed = await run.then(
    ({ stdout }) => stdout,
    (error: unknown) => String((error as { stdout?: string }).stdout ?? error),
  );
  expect(printed).toMatch(/all is well\n$/);
}, 300_000);
