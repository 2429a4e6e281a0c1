import type { CommitRequest } from '../ledger/commit-request.ts';
import type { Exchange, TriggerMark } from '../tape/exchange.ts';
import type { DecodedExchange } from './decode/port.ts';

/**
 * The marks of the requests that one tape joins. An exchange keeps those and no others: what else failed in the window
 * has a tape of its own, or cooled down, and is not what this tape is about.
 */
export class Marks {
  readonly #requests: readonly CommitRequest[];
  readonly #found = new Set<CommitRequest>();
  readonly #tapeTime: (wallMs: number) => number;

  /** `tapeTime` turns the wall clock of interceptors (milliseconds) into tape time. */
  constructor(requests: readonly CommitRequest[], tapeTime: (wallMs: number) => number) {
    this.#requests = requests;
    this.#tapeTime = tapeTime;
  }

  /** The exchange with its marks. */
  attach(decoded: DecodedExchange): DecodedExchange {
    const { triggers: fired = [], ...exchange } = decoded.exchange;
    const triggers = this.#requests
      .filter((request) => isAbout(request, decoded))
      .map((request) => {
        this.#found.add(request);
        const seen = fired.find((mark) => mark.trigger === request.trigger);
        return markOf(request, seen?.at ?? this.#tapeTime(request.at.wallMs));
      });
    const marked: Exchange = triggers.length === 0 ? exchange : { ...exchange, triggers };
    return { ...decoded, exchange: marked };
  }

  /** The marks of requests whose exchange did not come by, with those that are about none. */
  get left(): readonly TriggerMark[] {
    return this.#unfound(() => true);
  }

  /** The marks of requests whose exchange should have come by and did not. */
  get lost(): readonly TriggerMark[] {
    return this.#unfound(({ trigger }) => trigger !== 'manual');
  }

  #unfound(counts: (request: CommitRequest) => boolean): readonly TriggerMark[] {
    return this.#requests
      .filter((request) => !this.#found.has(request) && counts(request))
      .map((request) => markOf(request, this.#tapeTime(request.at.wallMs)));
  }
}

function isAbout(
  { instance, connection, message }: CommitRequest,
  { origin, exchange }: DecodedExchange,
): boolean {
  return connection === origin.connection && message === exchange.message && instance === origin.instance;
}

function markOf({ trigger, fingerprint, detail }: CommitRequest, at: number): TriggerMark {
  return { trigger, at, fingerprint, ...(detail === '' ? {} : { detail }) };
}
