import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { allProcesses, descendants, isAlive, readProcess, type ProcessRow } from './processes.ts';
import { until } from './until.ts';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command that runs in a session of its own. The end of the scope kills it and everything that came of it. */
export interface RunningCommand extends AsyncDisposable {
  readonly pid: number;
  /** What it and its descendants wrote so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exit: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Everything that came of it and lives, itself included, wherever it hangs by now. */
  offspring(): ProcessRow[];
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A file that standard output goes to; what is written there is not collected. */
  readonly stdout?: string;
  /** A file that standard error goes to; what is written there is not collected. */
  readonly stderr?: string;
  /** Whoever holds a file below this directory open came of the command too. */
  readonly owns?: string;
}

const markName = 'BORGINIT_RIG_MARK';

/** Starts a command and collects what it writes. */
export function startCommand(command: readonly string[], options: CommandOptions = {}): RunningCommand {
  const [file = '', ...args] = command;
  const mark = randomUUID();
  const cwd = options.cwd ?? process.cwd();
  // PWD names the directory as the caller did, links unresolved, as a shell would.
  const env = { ...process.env, PWD: cwd, ...options.env, [markName]: mark };
  const [stdout, stderr] = [options.stdout, options.stderr].map((path) =>
    path === undefined ? 'pipe' : openSync(path, 'w'),
  );
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', stdout, stderr] });
  for (const opened of [stdout, stderr]) if (typeof opened === 'number') closeSync(opened);
  const written = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const exit = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const { pid } = child;
  if (pid === undefined) {
    child.once('error', () => undefined);
    throw new Error(`cannot start ${file}: it cannot be executed`);
  }
  const origin = { pid, mark, owns: options.owns };
  return {
    pid,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    exit,
    kill: (signal) => void process.kill(pid, signal),
    offspring: () => offspring(origin).filter(isAlive),
    async [Symbol.asyncDispose]() {
      await killAll(origin);
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

interface Origin {
  readonly pid: number;
  readonly mark: string;
  readonly owns: string | undefined;
}

/** Kills until nothing is left: what is killed last may have been forked while the first were. */
async function killAll(origin: Origin): Promise<void> {
  const known = new Map<string, ProcessRow>();
  await until((note) => {
    for (const row of offspring(origin)) known.set(`${row.pid} ${row.startTicks}`, row);
    const alive = [...known.values()].filter(isAlive);
    for (const row of alive) process.kill(row.pid, 'SIGKILL');
    note(alive);
    return alive.length === 0;
  }, `the end of all that came of process ${origin.pid}`);
}

/** By descent, session, environment and open files: each of them survives what cuts one of the others. */
function offspring({ pid, mark, owns }: Origin): ProcessRow[] {
  const all = allProcesses();
  const root = readProcess(pid);
  const below = new Set(descendants(pid, all).map((row) => row.pid));
  const others = all.filter(
    (row) => below.has(row.pid) || row.session === pid || hasMark(row.pid, mark) || holdsFileBelow(row.pid, owns),
  );
  return root?.session === pid ? [root, ...others] : others;
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${markName}=${mark}`);
  } catch {
    return false;
  }
}

function holdsFileBelow(pid: number, dir: string | undefined): boolean {
  // The test itself may look into that directory.
  if (dir === undefined || pid === process.pid) return false;
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlink(`/proc/${pid}/fd/${fd}`).startsWith(join(dir, '/')));
  } catch {
    return false;
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
