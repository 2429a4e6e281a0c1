import type { Ending } from '../../../ledger/segment.ts';
import type { ExchangeFailure, TapeTime } from '../../../tape/exchange.ts';

/** How a sender was done, and when. */
export interface SeenEnding {
  readonly how: Ending;
  readonly at: TapeTime;
}

export interface KnownFailure {
  readonly failure: ExchangeFailure;
  /** Absent where it is not known to have failed. */
  readonly failedAt?: TapeTime;
}

/** What the service's ending means to an exchange that waits. A client that was gone before takes the blame. */
export function failureBy(service: SeenEnding, client: SeenEnding | undefined): KnownFailure {
  if (client !== undefined && client.how !== 'local') return { failure: 'client_gone', failedAt: client.at };
  switch (service.how) {
    case 'fin':
      return { failure: 'service_closed', failedAt: service.at };
    case 'reset':
      return { failure: 'service_reset', failedAt: service.at };
    case 'refused':
    case 'unreachable':
      return { failure: 'service_refused', failedAt: service.at };
    case 'local':
      return { failure: 'in_flight' };
  }
}

/** What the window's end means to an exchange that waits. */
export function failureAtEdge(client: SeenEnding | undefined): KnownFailure {
  return client?.how === 'reset' ? { failure: 'client_gone', failedAt: client.at } : { failure: 'in_flight' };
}
