/** Starts a shim, and through it a main process. */
import { closeSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { runCommand } from '../effects/command.ts';
import { describeOutcome, exitStatus } from '../model/outcome.ts';
import type { ServiceSpec } from '../model/spec.ts';
import type { InstanceOutput } from './instance-output.ts';
import { shimCommand, shimEnvironment, type InstancePlace } from './shim-command.ts';
import type { ShimLink } from './shim-link.ts';

/** From its start a shim listens within milliseconds; on a host that stands still it takes what it takes. */
const shimStartMs = 30_000;

/** Another shim holds the lock: one that an earlier supervisor had just started. Source: ppidshim's exit statuses. */
const shimLocked = 75;

/** Resolves when it was met, with what it has to say reported, or with what went wrong. Empty when nothing did. */
export async function startShim(
  link: ShimLink,
  spec: ServiceSpec,
  name: string,
  place: Pick<InstancePlace, 'ppidshim' | 'socket' | 'env' | 'orphans'>,
  output: Pick<InstanceOutput, 'openForShim'>,
): Promise<string> {
  await link.released();
  mkdirSync(dirname(place.socket), { recursive: true, mode: 0o700 });
  const descriptor = await output.openForShim();
  const { outcome } = await runCommand({
    command: shimCommand(spec, name, place),
    env: shimEnvironment(spec, place.env),
    timeoutMs: shimStartMs,
    stdin: spec.stdin,
    output: descriptor ?? 'inherit',
  });
  if (descriptor !== undefined) closeSync(descriptor);
  const status = exitStatus(outcome);
  if ((status === 0 || status === shimLocked) && (await link.connect())) return '';
  return `the shim ${describeOutcome(outcome)}`;
}
