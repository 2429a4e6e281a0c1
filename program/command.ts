import type { ExitCode } from '../errors/index.ts';
import type { FlagSet, FlagValues } from './flags.ts';
import type { Folders } from './folders.ts';
import type { Log } from './log.ts';
import type { Surroundings } from './surroundings.ts';

/** What a running command is given. */
export interface Invocation<F extends FlagSet = FlagSet, P extends FlagSet = FlagSet> {
  readonly flags: FlagValues<F>;
  readonly positionals: FlagValues<P>;
  /** What stood behind `--`. */
  readonly rest: readonly string[];
  /** Whether the user asked for JSON. Always false for a command that declares no `json`. */
  readonly json: boolean;
  /** Whether to colour what goes to stdout. */
  readonly color: boolean;
  /** To stderr; never with payload in it. */
  readonly log: Log;
  readonly folders: Folders;
  /** The process' streams, environment and working directory. */
  readonly around: Surroundings;
  /**
   * Aborted by the first SIGTERM or SIGINT: end in good order. The second signal ends the process at once; so does the
   * first one where a command has not read this.
   */
  readonly signal: AbortSignal;
  /** Gives SIGINT another meaning until the result is disposed of, as `EndSignals.takeInterrupts`. */
  takeInterrupts(onInterrupt: () => void): Disposable;
  /** Writes one line of data to stdout. */
  print(line: string): void;
}

/**
 * A program, or one command of `dvr-cli`. Every one has `--help`, `--version`, `--log-level`, `--no-color` and `--debug`
 * besides its own flags.
 */
export interface Command<F extends FlagSet = FlagSet, P extends FlagSet = FlagSet> {
  /** As the user types it: `dvr-interceptor`, `replay start`. */
  readonly name: string;
  /** One sentence, for the help. */
  readonly about: string;
  /** More of the help, shown below the usage. */
  readonly details?: string;
  readonly examples: readonly (readonly [line: string, about: string])[];
  /** By camelCase names. */
  readonly flags: F;
  /** In the order in which they are typed; only the last may be a list. */
  readonly positionals: P;
  /** Whether it prints data, and so has `--json`. */
  readonly json: boolean;
  /** Throws `DvrError` for what the user can meet; the exit code follows from it. Nothing returned is 0. */
  run(invocation: Invocation<F, P>): Promise<ExitCode | undefined>;
}

/** Ties the types of flags and positionals to `run`. */
export function defineCommand<const F extends FlagSet, const P extends FlagSet>(
  command: Command<F, P>,
): Command<F, P> {
  return command;
}
