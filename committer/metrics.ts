import { Counter, Gauge, Registry } from '@prometheus-io/client';

/** What Prometheus scrapes of a committer. No label holds anything of the traffic. */
export class CommitterMetrics {
  readonly registry = new Registry();
  readonly tapes = this.#counter('tapes_total', 'Tapes written.');
  readonly exchanges = this.#counter('exchanges_total', 'Exchanges on those tapes.');
  readonly alreadyThere = this.#counter(
    'tapes_already_there_total',
    'Tapes that another attempt had written.',
  );
  readonly failures = this.#counter(
    'attempts_failed_total',
    'Attempts at a tape that failed and are made again.',
  );
  readonly givenUp = this.#counter('requests_given_up_total', 'Commit requests acknowledged without a tape.');
  readonly foreign = this.#counter(
    'requests_for_another_key_total',
    'Commit requests that were sealed for another key, and wait for a committer that has it.',
  );
  readonly unreadable = this.#counter(
    'requests_unreadable_total',
    'Commit requests that nobody could read, acknowledged.',
  );
  readonly vaultFailures = this.#counter(
    'vault_failures_total',
    'Writes to the vault that failed and are retried.',
  );
  readonly queueFailures = this.#counter(
    'queue_failures_total',
    'Times that the windows of waiting commit requests could not be held.',
  );
  readonly ledgerFailures = this.#counter('ledger_failures_total', 'Calls of the ledger that failed.');
  readonly lag = this.#gauge('lag_seconds', 'From the last commit request to its tape.');
  readonly ledgerReachable = this.#gauge('ledger_reachable', '1 while the ledger answers.');

  #counter(name: string, help: string): Counter {
    return new Counter({ name: `dvr_committer_${name}`, help, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `dvr_committer_${name}`, help, registers: [this.registry] });
  }
}
