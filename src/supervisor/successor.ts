/** The next supervisor, before there is one. */
import { runCommand } from '../effects/command.ts';
import { BorginitError } from '../model/errors.ts';
import { describeOutcome, exitStatus } from '../model/outcome.ts';
import { environmentBelowUs } from './shim-command.ts';

/** It loads its code, reads some files and meets the shims; on a host that stands still it takes what it takes. */
const rehearsalMs = 30_000;

/**
 * Has the next supervisor rehearse, by a command line that does so. Resolves with its version.
 *
 * Fails   REQUEST_REFUSED with what it said last
 */
export async function rehearseSuccessor(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { outcome, lastLine, answer, timedOut } = await runCommand({
    command,
    env: environmentBelowUs(env),
    timeoutMs: rehearsalMs,
    output: 'only-last-line',
  });
  const version = /^borginit (\S+) would come up$/.exec(answer)?.[1];
  if (exitStatus(outcome) === 0 && version !== undefined) return version;
  const how = timedOut ? 'did not come up in time' : describeOutcome(outcome);
  const why = lastLine === '' ? ' without a word' : `: ${lastLine}`;
  throw new BorginitError('REQUEST_REFUSED', `cannot upgrade borginit: in its rehearsal the new one ${how}${why}`);
}
