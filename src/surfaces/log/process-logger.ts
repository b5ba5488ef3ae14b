import { createLogger, logLevel, type Logger } from './logger.ts';
import { createStderrSink } from './stderr-sink.ts';
import { terminalLine } from './terminal-line.ts';

/** The log of this process: JSON lines on standard error, or lines for people where that is a terminal. */
export function createProcessLogger(env: NodeJS.ProcessEnv, isTerminal: boolean, isColoured: boolean): Logger {
  const sink = createStderrSink();
  return createLogger(
    logLevel(env),
    isTerminal ? { write: (line) => sink.write(terminalLine(line, isColoured)) } : sink,
  );
}
