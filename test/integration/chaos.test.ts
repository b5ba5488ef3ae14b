/** A minute of what `npm run chaos` does for as long as one likes. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, '../chaos/run.ts');

it('costs a service nothing that it is not allowed to, whatever dies and stands still', async () => {
  const run = promisify(execFile)(process.execPath, [script, '--seed', '1', '--minutes', '1']);
  const printed = await run.then(
    ({ stdout }) => stdout,
    (error: unknown) => String((error as { stdout?: string }).stdout ?? error),
  );
  expect(printed).toMatch(/all is well\n$/);
}, 300_000);
