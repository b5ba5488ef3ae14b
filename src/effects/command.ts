import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { execa } from 'execa';
import type { ExitOutcome } from '../model/outcome.ts';
import { parseSignal } from '../model/signal.ts';
import { createLastLine } from './last-line.ts';
import { processesBelow } from './proc.ts';

export interface CommandOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  /** The whole environment; our own unless given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** `inherit`: our own standard input and session, hence our terminal. `null`, the default: /dev/null and a session of its own. */
  readonly stdin?: 'inherit' | 'null';
  /** `last-line`: to our own output, and its last line is kept; `only-last-line`: kept, and the rest is lost. A number: to that descriptor of ours. */
  readonly output: 'inherit' | 'discard' | 'last-line' | 'only-last-line' | number;
}

export interface CommandResult {
  readonly outcome: ExitOutcome;
  /** The last line that is not blank, printable and bounded; empty unless it was asked for. */
  readonly lastLine: string;
  /** The same of standard output alone: which of two streams spoke last is not certain. */
  readonly answer: string;
  readonly timedOut: boolean;
}

/** How long to wait for the end of output once the command itself has ended: something it left behind may hold the pipe. */
const outputWaitMs = 200;

const stdio = { inherit: 'inherit', discard: 'ignore', 'last-line': 'pipe', 'only-last-line': 'pipe' } as const;

/** Runs a command to its end; after `timeoutMs` it is killed with its whole process group. Never rejects. */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const child = spawn(options);
  const [lastLine, answer] = [createLastLine(), createLastLine()];
  const isTold = options.output === 'last-line';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      lastLine.add(stream, chunk);
      if (stream === child.stdout) answer.add(stream, chunk);
    });
  if (isTold && child.stdout !== null) passThrough(child.stdout, process.stdout);
  if (isTold && child.stderr !== null) passThrough(child.stderr, process.stderr);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killAll(child.pid, options.stdin === 'inherit');
  }, options.timeoutMs);
  const outcome = await outcomeOf(child);
  clearTimeout(timer);
  await endOf(streams);
  return { outcome, lastLine: lastLine.read(), answer: answer.read(), timedOut };
}

/** Every policy that execa could have is switched off: limits and signals are decided elsewhere. */
function spawn({ command: [file, ...args], cwd, env, stdin, output }: CommandOptions) {
  // Its types know descriptors up to 9, but it hands on any.
  const to = typeof output === 'number' ? (output as 3) : stdio[output];
  return execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env, extendEnv: false }),
    stdin: stdin === 'inherit' ? 'inherit' : 'ignore',
    stdout: to,
    stderr: to,
    detached: stdin !== 'inherit',
    buffer: false,
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
  });
}

/** As soon as the command has ended, or could not begin: whoever holds its output open does not keep us waiting. */
function outcomeOf(child: ReturnType<typeof spawn>): Promise<ExitOutcome> {
  const exit = new Promise<ExitOutcome>((resolve) =>
    child.nodeChildProcess.once('exit', (code, signal) =>
      resolve(
        code === null ? { kind: 'signaled', signal: parseSignal(signal ?? '') ?? 'SIGKILL' } : { kind: 'exited', code },
      ),
    ),
  );
  const failure = child.then(({ code = 'EINVAL' }): ExitOutcome => ({ kind: 'unspawnable', errno: code }));
  return Promise.race([exit, failure]);
}

/** That nobody reads our output is no reason to end. */
const ignore = (): void => undefined;

function passThrough(from: Readable, to: NodeJS.WriteStream): void {
  to.off('error', ignore).on('error', ignore);
  from.on('data', (chunk: Buffer) => void to.write(chunk));
}

/** Waits for the bytes that are still in the pipes, then lets go of them. */
async function endOf(streams: readonly Readable[]): Promise<void> {
  const signal = AbortSignal.timeout(outputWaitMs);
  await Promise.allSettled(streams.map((stream) => finished(stream, { signal })));
  for (const stream of streams) stream.destroy();
}

function killAll(pid: number | undefined, sharesOurGroup: boolean): void {
  if (pid === undefined) return;
  const targets = sharesOurGroup ? [pid, ...processesBelow(pid).map((process) => process.pid)] : [-pid];
  for (const target of targets) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended in this very moment, which is what was wanted.
    }
  }
}
