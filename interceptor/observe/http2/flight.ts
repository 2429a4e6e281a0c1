import type { ProcessTime } from '../../../ledger/segment.ts';
import type { CallEnd } from '../../../wire/grpc/call-end.ts';
import type { Http2Stream } from '../../../wire/http2/events.ts';
import type { Flight } from '../flight.ts';

/** A stream whose response is not whole. */
export class Http2Flight implements Flight {
  readonly startedAt: ProcessTime;
  timedOut = false;
  session: string | undefined = undefined;
  /** The request names a version of Connect. */
  isConnect = false;
  /** Follows the response's body where its call ends in there. */
  call: CallEnd | undefined = undefined;
  /** Its response is whole, or will never be; the request may still go on. */
  landed = false;
  readonly #stream: Http2Stream<Http2Flight>;

  constructor(stream: Http2Stream<Http2Flight>, startedAt: ProcessTime) {
    this.#stream = stream;
    this.startedAt = startedAt;
  }

  get message(): number {
    return this.#stream.id;
  }

  get ignored(): boolean {
    return this.#stream.ignored;
  }

  get startLine(): { readonly method: string; readonly target: string } {
    return { method: this.#stream.method, target: this.#stream.path };
  }
}
