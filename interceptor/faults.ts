import type { Log } from '../program/log.ts';

const everyMs = 1_000;

/** Logs faults of ours, which traffic survives: the first at once, then at most one a second with how many there were. */
export function faultReporter(log: Log): (fault: unknown) => void {
  let count = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (fault) => {
    count++;
    if (performance.now() - toldAt < everyMs) return;
    log.fault('a fault of this program; the traffic goes on, something of it is not recorded', fault, {
      faults: count,
    });
    toldAt = performance.now();
    count = 0;
  };
}

/**
 * While this lasts, what nobody caught is reported and the process goes on: it relays other people's traffic, which no
 * fault of ours may break.
 */
export function surviveFaults(report: (fault: unknown) => void): Disposable {
  process.on('uncaughtException', report);
  return { [Symbol.dispose]: () => process.off('uncaughtException', report) };
}
