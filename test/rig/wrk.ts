import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface WrkResult {
  readonly requests: number;
  /** Neither 2xx nor 3xx. */
  readonly badStatuses: number;
  readonly socketErrors: {
    readonly connect: number;
    readonly read: number;
    readonly write: number;
    readonly timeout: number;
  };
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface WrkOptions {
  readonly connections?: number;
  readonly seconds?: number;
}

/** Loads a URL with wrk over keep-alive connections until the time is over. */
export const wrk = (url: string, { connections = 8, seconds = 2 }: WrkOptions = {}): Promise<WrkResult> =>
  startWrk(url, { connections, seconds }).result;

/** The same until it is told to stop: wrk prints what it has counted when it is interrupted. */
export function startWrk(url: string, { connections = 8, seconds = 3_600 }: WrkOptions = {}) {
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency', '--timeout', '5s', url];
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const result = Promise.all([text(child.stdout), once(child, 'exit')]).then(([printed]) => parseWrk(printed));
  return {
    result,
    stop: (): Promise<WrkResult> => {
      child.kill('SIGINT');
      return result;
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      child.kill('SIGINT');
      await result;
    },
  };
}

/** Reads what wrk prints. A line that wrk leaves out when there is nothing to say counts as zero. */
export function parseWrk(text: string): WrkResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    requests: number(/(\d+) requests in/),
    badStatuses: number(/Non-2xx or 3xx responses: (\d+)/),
    socketErrors: {
      connect: number(/Socket errors:.*connect (\d+)/),
      read: number(/Socket errors:.*read (\d+)/),
      write: number(/Socket errors:.*write (\d+)/),
      timeout: number(/Socket errors:.*timeout (\d+)/),
    },
    p99Ms: milliseconds(/99%\s+(\S+)/.exec(text)?.[1]),
    maxMs: milliseconds(/Latency\s+\S+\s+\S+\s+(\S+)/.exec(text)?.[1]),
  };
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function milliseconds(text: string | undefined): number {
  const [, digits, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? '') ?? [];
  return Number(digits ?? Number.NaN) * (unitsMs[unit ?? ''] ?? Number.NaN);
}
