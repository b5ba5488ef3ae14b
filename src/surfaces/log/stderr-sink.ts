import { constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Where records go, each a line with its newline. */
export interface LogSink {
  write(line: string): void;
}

/** A pipe is opened anew: whether writing to it blocks is then ours to say, and not that of who else holds it. */
function openStderr(): number {
  try {
    if (fstatSync(2).isFIFO()) return openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Somebody else's pipe, or no /proc: then as it comes.
  }
  return 2;
}

/**
 * Writes each line at once, so that nothing is left to flush when the process ends. What cannot be written (the pipe
 * is full, its reader is gone) is dropped and counted: nobody's log may stop a supervisor. The count is written
 * as a record of its own as soon as there is room.
 */
export function createStderrSink(write: (line: string) => void = writeTo(openStderr())): LogSink {
  let dropped = 0;
  const attempt = (line: string): boolean => {
    try {
      write(line);
      return true;
    } catch {
      return false;
    }
  };
  return {
    write(line) {
      if (dropped > 0 && attempt(lossRecord(dropped))) dropped = 0;
      if (dropped > 0 || !attempt(line)) dropped += 1;
    },
  };
}

const writeTo =
  (descriptor: number) =>
  (line: string): void =>
    void writeSync(descriptor, line);

const lossRecord = (records: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), records, msg: 'log records lost' })}\n`;
