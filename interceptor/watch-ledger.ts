import type { LedgerAppender } from '../ledger/port.ts';
import type { Log } from '../program/log.ts';

const everyMs = 1_000;

/** Logs when the ledger goes out of reach and when it is back. Stops when disposed of. */
export function watchLedger(appender: LedgerAppender, name: string, log: Log): Disposable {
  let wasReachable: boolean | undefined;
  const look = (): void => {
    const { reachable, problem, droppedBytes } = appender.counters;
    if (reachable === wasReachable) return;
    if (reachable) log.info(`the ledger ${name} is in reach`, { droppedBytes });
    else log.warn(`the ledger ${name} is out of reach; traffic passes and is lost to the tape`, { problem });
    wasReachable = reachable;
  };
  const timer = setInterval(look, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
