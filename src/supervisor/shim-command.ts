/** How an instance's shim is started. */
import type { Orphans, ServiceSpec } from '../model/spec.ts';
import { signalNumber } from '../model/signal.ts';
import type { OutputPlace } from './instance-output.ts';

/** Where an instance's shim comes from and lives. */
export interface InstancePlace {
  /** The C program. */
  readonly ppidshim: string;
  /** Where the shim listens. */
  readonly socket: string;
  /** Where that of its trial does. */
  readonly trialSocket: string;
  /** Where its output and its trial's come through, and go. */
  readonly output: OutputPlace;
  readonly trialOutput: OutputPlace;
  /** What the service's own environment is added to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly orphans: Orphans;
}

/** For so long a shim waits for another supervisor, when it is to stop without one: as long as a quick restart may take. */
const lingerSeconds = 5;

/** As long as a day. Source: ppidshim's options */
const stopTimeoutMaxSeconds = 86_400;

/** Shape: ["…/ppidshim", "--run", "--socket", "…/shim.sock", "--name", "web", …, "--", "unicorn", "-c", "…"] */
export function shimCommand(
  spec: ServiceSpec,
  name: string,
  { ppidshim, socket, orphans }: Pick<InstancePlace, 'ppidshim' | 'socket' | 'orphans'>,
): readonly [string, ...string[]] {
  return [
    ppidshim,
    '--run',
    ...['--socket', socket],
    ...['--name', name],
    ...['--cwd', spec.cwd],
    ...['--stop-signal', String(signalNumber(spec.stop.signal))],
    ...['--stop-timeout', String(Math.min(Math.ceil(spec.stop.timeoutMs / 1_000), stopTimeoutMaxSeconds))],
    ...(orphans === 'stop' ? ['--linger', String(lingerSeconds)] : []),
    ...(spec.user === undefined ? [] : ['--user', spec.user]),
    ...(spec.stdin === 'inherit' ? ['--foreground'] : []),
    ...spec.listen.flatMap((address) => ['--listen', address]),
    '--',
    ...spec.command,
  ];
}

/**
 * A service's environment: ours, without what is between init and us, with its own on top. PWD is the unresolved
 * working directory, which is how a server that executes itself anew finds the release that is current then.
 */
export function shimEnvironment(
  spec: ServiceSpec,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return { ...environmentBelowUs(env), PWD: spec.cwd, ...spec.env };
}

/** Ours, without what is between init and us. */
export const environmentBelowUs = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !betweenInitAndUs.has(entry[0]),
    ),
  );

const betweenInitAndUs: ReadonlySet<string> = new Set(['BORGINIT_INIT_FD', 'BORGINIT_RESTARTS']);
