import { pino } from 'pino';
import type { LogOptions, LogSink } from './log-sink.ts';

/** Bytes of log that wait while nobody reads stderr; what comes on top is dropped rather than kept. */
const waitingLimit = 1024 * 1024;

/**
 * One JSON object a line. To the process' own stderr it is written off the main thread, so that a reader who stops
 * reading cannot hold up traffic.
 */
export function jsonSink({ level, name, stream }: LogOptions): LogSink {
  const logger = pino(
    {
      level,
      base: { program: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream === process.stderr ? pino.destination({ dest: 2, sync: false, maxLength: waitingLimit }) : stream,
  );
  return (lineLevel, message, fields) => logger[lineLevel](fields, message);
}
