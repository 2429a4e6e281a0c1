import { constants } from 'node:os';

/** The wish to end, told by the system. */
export interface EndSignals extends Disposable {
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /**
   * Gives SIGINT another meaning until the result is disposed of: to stop one piece of work and not the program.
   * SIGTERM keeps its own.
   */
  takeInterrupts(onInterrupt: () => void): Disposable;
}

/**
 * Listens for SIGTERM and SIGINT: the first aborts the signal so that work ends in good order, the second ends the
 * process at once with 128 + the signal's number, as a shell would tell it.
 */
export function listenForEnd(onFirst: (name: NodeJS.Signals) => void): EndSignals {
  const controller = new AbortController();
  let taken: (() => void) | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGINT' && taken !== undefined) {
      taken();
      return;
    }
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort();
    onFirst(name);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    takeInterrupts: (onInterrupt) => {
      taken = onInterrupt;
      return {
        [Symbol.dispose]: () => {
          taken = undefined;
        },
      };
    },
    [Symbol.dispose]: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
