import type { LogLevel } from './log-levels.ts';
import type { Surroundings } from './surroundings.ts';

/** What may stand beside a message: counts, names, flags. Never payload, header values or secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line that is to be written. */
export type LogSink = (level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields) => void;

export interface LogOptions {
  readonly level: LogLevel;
  /** The program's name, in every line of JSON. */
  readonly name: string;
  readonly stream: Surroundings['stderr'];
  readonly color: boolean;
  /** Whether to write lines for people even where no terminal is. */
  readonly lines?: boolean;
}
