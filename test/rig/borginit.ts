import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCommand, type Ended } from './command.ts';
import { allProcesses, processesBelow, type ProcessDetail, type ProcessRow } from './processes.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export interface BorginitOptions {
  /** A configuration, written to a file for `run`, text and bytes as they are; or `command`, for what comes after `--`. */
  readonly config?: object | string;
  readonly command?: readonly string[];
  /** Options of `run`, before the configuration or the command. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another package's `bin/borginit.js`. */
  readonly launcher?: string;
  /** A file that standard output goes to. */
  readonly stdout?: string;
  /** A file that standard error goes to. */
  readonly stderr?: string;
  /** As PID 1 of a new pid namespace, as in a container; needs root. */
  readonly pid1?: boolean;
  /** On a terminal of its own, as with `docker run -t`. */
  readonly tty?: boolean;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A borginit under test. The end of the scope kills it and all that it runs. */
export interface Borginit extends AsyncDisposable {
  /** Of borginit's first process, as seen from outside: init. */
  readonly pid: number;
  readonly runDir: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** In a namespace, as `unshare` reports it: a death by SIGKILL is code 1. */
  readonly exit: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Everything that runs below init. */
  processes(): ProcessDetail[];
  /** Everything that came of borginit and lives, wherever it hangs by now. */
  offspring(): ProcessRow[];
  /** Runs `borginit …` against this one, inside its namespace where it has one. */
  cli(...args: readonly string[]): Promise<CommandResult>;
  /** Runs any command where borginit runs. */
  inside(command: readonly string[]): Promise<CommandResult>;
}

const ourLauncher = join(import.meta.dirname, '../../bin/borginit.js');
/** Its end takes the namespace's PID 1, and with that the whole namespace, along. */
const newNamespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL'];
/** The words stand quoted for the shell that `script` has it started by. */
const onTerminal = (command: readonly string[]): readonly string[] => {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['script', '--quiet', '--return', '--command', `exec ${words.join(' ')}`, '/dev/null'];
};

/** Starts the built command line. Resolves when the process exists, which is before it has done anything. */
export async function startBorginit(options: BorginitOptions): Promise<Borginit> {
  const dir = await tempDir();
  const env = { BORGINIT_RUN_DIR: join(dir.path, 'run'), ...options.env };
  const runDir = env.BORGINIT_RUN_DIR;
  const cwd = options.cwd ?? dir.path;
  const args = [...(options.args ?? []), ...(await source(options, dir.path))];
  const launcher = options.launcher ?? ourLauncher;
  const borginit = [process.execPath, launcher, 'run', ...args];
  const contained = options.pid1 === true ? [...newNamespace, ...borginit] : borginit;
  const started = startCommand(options.tty === true ? onTerminal(contained) : contained, {
    cwd,
    env,
    owns: dir.path,
    ...(options.stdout === undefined ? {} : { stdout: options.stdout }),
    ...(options.stderr === undefined ? {} : { stderr: options.stderr }),
  });
  let { pid } = started;
  // `script` and `unshare` each have it as a child.
  for (const isWrapped of [options.tty, options.pid1]) {
    if (isWrapped === true) pid = await until(() => childOf(pid), `the child of process ${pid}`);
  }
  const enter = options.pid1 === true ? ['nsenter', '--target', String(pid), '--pid', '--mount'] : [];
  const inside = (command: readonly string[]): Promise<CommandResult> =>
    runCommand([...enter, ...command], { cwd, env: { ...process.env, ...env } });
  return {
    pid,
    runDir,
    stdout: started.stdout,
    stderr: started.stderr,
    exit: started.exit,
    kill: (signal) => void process.kill(pid, signal),
    processes: () => processesBelow(pid),
    offspring: () => started.offspring(),
    cli: (...words) => inside([process.execPath, launcher, ...words]),
    inside,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function source(options: BorginitOptions, dir: string): Promise<readonly string[]> {
  if (options.command !== undefined) return ['--', ...options.command];
  const { config } = options;
  if (config === undefined) return [];
  const file = join(dir, 'borginit.yaml');
  const isText = typeof config === 'string' || config instanceof Uint8Array;
  // JSON is YAML.
  await writeFile(file, isText ? config : JSON.stringify(config, undefined, 2));
  return ['-c', file];
}

const childOf = (pid: number): number | undefined => allProcesses().find((row) => row.parentPid === pid)?.pid;

function runCommand(
  [file = '', ...args]: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (child.exitCode === null) reject(new Error(`cannot run ${file}: ${error?.message ?? 'it was killed'}`));
      else resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
