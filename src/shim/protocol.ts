import type { SignalTarget } from '../model/effect.ts';
import type { ExitOutcome } from '../model/outcome.ts';
import type { ProcessRef } from '../model/process.ts';
import { signalName, signalNumber, type Signal } from '../model/signal.ts';

/** The version of the protocol that this half speaks. */
export const shimProtocolVersion = 1;

/** Longest line in bytes, with its newline. */
export const shimLineMaxBytes = 4095;

/** What a shim says unasked. */
export type ShimNews =
  | { readonly kind: 'hello'; readonly shim: ProcessRef }
  | { readonly kind: 'main-running'; readonly process: ProcessRef }
  /** No process: the command could not be executed. */
  | { readonly kind: 'main-ended'; readonly process: ProcessRef | undefined; readonly outcome: ExitOutcome }
  /** The command runs once more, beside the main process. */
  | { readonly kind: 'second-running'; readonly process: ProcessRef }
  | { readonly kind: 'second-ended'; readonly process: ProcessRef; readonly outcome: ExitOutcome }
  | { readonly kind: 'gone'; readonly process: ProcessRef }
  | { readonly kind: 'empty' }
  | { readonly kind: 'ready' };

/** The answer to a request. */
export type ShimAnswer =
  | { readonly kind: 'ok'; readonly id: number }
  | { readonly kind: 'error'; readonly id: number; readonly errno: string };

/** What a shim can be asked. */
export type ShimRequest =
  | { readonly kind: 'signal'; readonly target: SignalTarget; readonly signal: Signal }
  | { readonly kind: 'freeze'; readonly forMs: number; readonly processes: readonly ProcessRef[] }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'watch'; readonly process: ProcessRef }
  /** `undefined` takes back the heir named before. */
  | { readonly kind: 'heir'; readonly process: ProcessRef | undefined }
  /** Start the command once more, beside the main process. */
  | { readonly kind: 'second' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'end' };

/** So many processes fit into one line, with the longest pids and start times there are. */
const freezeMaxProcesses = 128;

const isNumber = (word: string | undefined): word is string => word !== undefined && /^\d{1,15}$/.test(word);

/** Numbers only, and as many as asked for: anything else is no message of this protocol. */
function readNumbers(words: readonly (string | undefined)[], count: number): readonly number[] | undefined {
  return words.length === count && words.every(isNumber) ? words.map(Number) : undefined;
}

function readProcess(words: readonly (string | undefined)[]): ProcessRef | undefined {
  const [pid, startTicks] = readNumbers(words, 2) ?? [];
  return pid === undefined || startTicks === undefined ? undefined : { pid, startTicks };
}

function readOutcome(verb: string | undefined, word: string | undefined): ExitOutcome | undefined {
  if (!isNumber(word)) return undefined;
  if (verb === 'exited' && Number(word) <= 255) return { kind: 'exited', code: Number(word) };
  if (verb !== 'signaled' || Number(word) > 64) return undefined;
  const signal = signalName(Number(word));
  return signal === undefined ? { kind: 'unknown' } : { kind: 'signaled', signal };
}

const isErrno = (word: string | undefined): word is string => word !== undefined && /^[A-Z0-9]{1,15}$/.test(word);

function readMain([verb, ...words]: readonly string[]): ShimNews | undefined {
  if (verb === 'failed') {
    const [errno, ...more] = words;
    if (!isErrno(errno) || more.length > 0) return undefined;
    return { kind: 'main-ended', process: undefined, outcome: { kind: 'unspawnable', errno } };
  }
  return readState('main', [verb, ...words]);
}

/** Shape: ["running", "12", "345"] or ["exited", "12", "345", "0"] */
function readState(which: 'main' | 'second', [verb, ...words]: readonly (string | undefined)[]): ShimNews | undefined {
  const process = readProcess(words.slice(0, 2));
  if (process === undefined) return undefined;
  if (verb === 'running') return words.length === 2 ? { kind: `${which}-running`, process } : undefined;
  const outcome = words.length === 3 ? readOutcome(verb, words[2]) : undefined;
  return outcome && { kind: `${which}-ended`, process, outcome };
}

function readHello([version, ...words]: readonly string[]): ShimNews | undefined {
  const shim = Number(version) === shimProtocolVersion ? readProcess(words) : undefined;
  return shim && { kind: 'hello', shim };
}

function readError([id, errno, ...more]: readonly string[]): ShimAnswer | undefined {
  return isNumber(id) && isErrno(errno) && more.length === 0 ? { kind: 'error', id: Number(id), errno } : undefined;
}

/**
 * Reads one line of a shim, without its newline.
 *
 * Shape   "main exited 12 345 0" → { kind: 'main-ended', process: { pid: 12, startTicks: 345 }, outcome: … }
 * Fails   returns undefined for anything that is no message of this protocol version; never throws
 */
export function parseShimLine(line: string): ShimNews | ShimAnswer | undefined {
  if (line.length >= shimLineMaxBytes) return undefined;
  const [verb = '', ...words] = line.split(' ');
  switch (verb) {
    case 'hello':
      return readHello(words);
    case 'main':
      return readMain(words);
    case 'second':
      return readState('second', words);
    case 'gone': {
      const process = readProcess(words);
      return process && { kind: 'gone', process };
    }
    case 'empty':
    case 'ready':
      return words.length === 0 ? { kind: verb } : undefined;
    case 'ok': {
      const [id] = readNumbers(words, 1) ?? [];
      return id === undefined ? undefined : { kind: 'ok', id };
    }
    case 'error':
      return readError(words);
    default:
      return undefined;
  }
}

const processWords = (process: ProcessRef): string => `${process.pid} ${process.startTicks}`;

function targetWords(target: SignalTarget): string {
  return target.kind === 'process' ? processWords(target.process) : target.kind;
}

function freezeLines(forMs: number, processes: readonly ProcessRef[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < processes.length; at += freezeMaxProcesses) {
    lines.push(
      `freeze ${forMs} ${processes
        .slice(at, at + freezeMaxProcesses)
        .map(processWords)
        .join(' ')}`,
    );
  }
  return lines;
}

/**
 * Writes a request as lines that still lack their ID and newline: one, but for a `freeze` of none or of very many.
 *
 * Shape   { kind: 'signal', target: { kind: 'main' }, signal: 'SIGTERM' } → ["signal main 15"]
 */
export function formatShimRequest(request: ShimRequest): readonly string[] {
  switch (request.kind) {
    case 'signal':
      return [`signal ${targetWords(request.target)} ${signalNumber(request.signal)}`];
    case 'freeze':
      return freezeLines(request.forMs, request.processes);
    case 'watch':
      return [`watch ${processWords(request.process)}`];
    case 'heir':
      return [`heir ${processWords(request.process ?? { pid: 0, startTicks: 0 })}`];
    case 'thaw':
    case 'second':
    case 'kill':
    case 'end':
      return [request.kind];
  }
}
