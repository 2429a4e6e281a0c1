import type { Log } from '../program/log.ts';
import type { CommitterEvents } from './committer.ts';
import type { CommitterMetrics } from './metrics.ts';
import type { UnreadEvents } from './request-judge.ts';

const tellEveryMs = 10_000;

/** Tells of requests that could not be read; of each kind at most once in ten seconds in the log, always in metrics. */
export function reportUnread(log: Log, metrics: CommitterMetrics): UnreadEvents {
  const toldAt = { foreign: Number.NEGATIVE_INFINITY, dropped: Number.NEGATIVE_INFINITY };
  const isDue = (kind: keyof typeof toldAt): boolean => {
    const now = performance.now();
    if (now - toldAt[kind] < tellEveryMs) return false;
    toldAt[kind] = now;
    return true;
  };
  return {
    foreign() {
      metrics.foreign.inc();
      if (!isDue('foreign')) return;
      log.warn('a commit request was sealed for another key; it is left for a committer that has it');
    },
    dropped() {
      metrics.unreadable.inc();
      if (!isDue('dropped')) return;
      log.error('a commit request that cannot be read was acknowledged: no tape was made of it');
    },
  };
}

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
