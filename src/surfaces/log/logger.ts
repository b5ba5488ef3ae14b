import { pino, type Level } from 'pino';

import type { LogSink } from './stderr-sink.ts';

/** Writes records. Messages are constant; what varies is in the facts. */
export type Logger = Readonly<Record<Level, (facts: object, message: string) => void>>;

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof levels)[number];

/** The level that $BORGINIT_LOG names, or `info`: a word that is no level must not keep a container from starting. */
export const logLevel = (env: NodeJS.ProcessEnv): LogLevel =>
  levels.find((level) => level === env['BORGINIT_LOG']) ?? 'info';

/** One JSON object a line. Shape: {"level":"info","time":"2026-03-01T12:00:00.000Z","service":"web","msg":"…"} */
export function createLogger(level: LogLevel, sink: LogSink): Logger {
  const options = {
    level,
    // Neither pid nor host: there is one supervisor, and what collects a container's log knows the host.
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, sink);
}
