import type { Log } from '../program/log.ts';
import type { CommitterEvents } from './committer.ts';
import type { CommitterMetrics } from './metrics.ts';

/** Tells what a committer does, in its log and its metrics. */
export function reportTo(log: Log, metrics: CommitterMetrics): CommitterEvents {
  let reachable = true;
  const ledgerAnswers = (): void => {
    metrics.ledgerReachable.set(1);
    if (!reachable) log.info('the ledger answers again');
    reachable = true;
  };
  return {
    committed({ id, manifest, joined, unreadable, lagMs }) {
      ledgerAnswers();
      metrics.tapes.inc();
      metrics.exchanges.inc(manifest.counts.exchanges);
      metrics.unreadable.inc(unreadable);
      metrics.lag.set(lagMs / 1000);
      log.info(`committed ${id}`, {
        tape: id,
        exchanges: manifest.counts.exchanges,
        gaps: manifest.gaps.length,
        requests: joined,
        unreadable,
        lag_ms: Math.round(lagMs),
      });
    },
    wasThere({ id, joined }) {
      ledgerAnswers();
      metrics.alreadyThere.inc();
      log.info(`${id} was there already: another attempt had written it`, { tape: id, requests: joined });
    },
    failed(error, attempt) {
      metrics.failures.inc();
      log.fault('an attempt at a tape failed; it will be made again', error, { attempt });
    },
    gaveUp(attempts, requests) {
      metrics.givenUp.inc(requests);
      log.error('a commit was given up: its window is lost, and no tape was made', { attempts, requests });
    },
    ledgerFailed(error) {
      metrics.ledgerFailures.inc();
      metrics.ledgerReachable.set(0);
      if (reachable) log.fault('the ledger cannot be read; trying again', error);
      reachable = false;
    },
  };
}
