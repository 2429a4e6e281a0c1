import { describeFault } from './fault.ts';
import { jsonSink } from './json-log.ts';
import type { LogLevel } from './log-levels.ts';
import type { LogFields, LogOptions, LogSink } from './log-sink.ts';
import { painter } from './paint.ts';

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Logs something thrown: a `DvrError` in full, anything else without a message that could hold payload. */
  fault(message: string, thrown: unknown, fields?: LogFields): void;
}

/** A log of short lines on a terminal or where they are asked for, and else of one JSON object a line. */
export function createLog(options: LogOptions): Log {
  const lines = options.lines || options.stream.isTTY === true;
  return logTo(lines ? terminalSink(options) : jsonSink(options), options.level);
}

const weight = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const;

function logTo(write: LogSink, least: LogLevel): Log {
  const sink: LogSink = (level, message, fields) => {
    if (weight[level] >= weight[least]) write(level, message, fields);
  };
  return {
    debug: (message, fields = {}) => sink('debug', message, fields),
    info: (message, fields = {}) => sink('info', message, fields),
    warn: (message, fields = {}) => sink('warn', message, fields),
    error: (message, fields = {}) => sink('error', message, fields),
    fault: (message, thrown, fields = {}) => {
      const { text, code, hint } = describeFault(thrown);
      sink('error', message, { ...fields, fault: text, code, hint });
    },
  };
}

const styles = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

function terminalSink({ stream, color }: LogOptions): LogSink {
  const paint = painter(color);
  return (level, message, fields) => {
    const beside = Object.entries(fields)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => ` ${name}=${String(field)}`)
      .join('');
    stream.write(`${paint(styles[level], level.padEnd(5))} ${message}${paint('dim', beside)}\n`);
  };
}
