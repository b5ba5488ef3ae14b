/** The library's way to a supervisor: a configuration as a plain object, and everything else found by itself. */
import { join } from 'node:path';
import { configFromObject } from '../../config/object-config.ts';
import { renderIssue } from '../../config/issue.ts';
import { BorginitError } from '../../model/errors.ts';
import type { Config } from '../../model/spec.ts';
import type { Supervisor } from '../../supervisor/api.ts';
import { createSupervisor as composeSupervisor } from '../../supervisor/create-supervisor.ts';
import type { Hands } from '../../supervisor/hands.ts';
import { runDirFor } from '../../supervisor/run-dir.ts';
import { shimBinary } from '../cli/init-command.ts';
import { packageVersion } from '../cli/package-files.ts';
import { withControl } from './controlled-supervisor.ts';

export interface SupervisorOptions {
  /** Where sockets and the journal live; found as the command line finds it unless given. Created with mode 0700. */
  readonly runDir?: string;
  /** What services inherit, and where `BORGINIT_…` variables are read; this process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another world than this machine's processes: for tests. */
  readonly hands?: Hands;
}

/**
 * Makes a supervisor for this process to own. But for the run directory, nothing is made, started or watched before
 * its `start`, which rejects with CONTROL_IN_USE where another supervisor owns that directory.
 *
 * Shape   `createSupervisor({ services: { web: { command: ['unicorn', '-c', 'unicorn.rb'] } } })`: what a
 *         configuration file says, or what `loadConfig` made of one
 * Fails   throws CONFIG_INVALID with every problem, RUN_DIR_UNUSABLE, SHIM_MISSING
 */
export function createSupervisor(config: Config | ConfigInput, options: SupervisorOptions = {}): Supervisor {
  const { hands } = options;
  const env = options.env ?? process.env;
  const specs = parsed(config);
  const ppidshim = shimBinary(env);
  const runDir = runDirFor(specs, options.runDir === undefined ? env : { ...env, BORGINIT_RUN_DIR: options.runDir });
  const orphans = specs.supervisor.orphans ?? (env['BORGINIT_INIT_FD'] === undefined ? 'stop' : 'keep');
  const place = { runDir, ppidshim, env, orphans, version: packageVersion() };
  const supervisor = composeSupervisor(specs, hands === undefined ? place : { ...place, hands });
  return withControl(supervisor, join(runDir, 'control.sock'));
}

/** A configuration as it is written down; `docs/reference/configuration.md` has the keys. */
export interface ConfigInput {
  readonly name?: string;
  readonly role?: string;
  readonly revision?: {
    readonly file: string;
    readonly splay?: string;
    readonly canary?: Readonly<Record<string, unknown>>;
  };
  readonly rollout?: Readonly<Record<string, unknown>>;
  readonly supervisor?: { readonly watchdog?: string; readonly orphans?: 'keep' | 'stop' };
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly servers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function parsed(config: Config | ConfigInput): Config {
  if (isParsed(config)) return config;
  const result = configFromObject(config, process.cwd());
  if (result.ok) return result.config;
  throw new BorginitError(
    'CONFIG_INVALID',
    `cannot use the configuration: ${result.issues.map(renderIssue).join('\n')}`,
  );
}

const isParsed = (config: Config | ConfigInput): config is Config => Array.isArray(config.services);
