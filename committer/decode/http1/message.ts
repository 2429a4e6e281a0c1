import type { BodyFraming, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { Http1Head } from '../../../wire/http1/events.ts';
import { DecodedMessage } from '../decoded-message.ts';

/** Chunks kept of one body; what comes in later ones is lost. */
const mostChunks = 65_536;

/** What has come of one message of HTTP/1 behind its head. */
export class Http1Message extends DecodedMessage {
  readonly #framing: Http1Head['framing'];
  readonly #contentLength: number;
  readonly #chunks: (readonly [size: number, extension?: string])[] = [];

  constructor(beganAt: TapeTime, { framing, contentLength }: Http1Head, limit: number) {
    super(beganAt, limit);
    this.#framing = framing;
    this.#contentLength = contentLength;
  }

  addChunk(size: number, extension: string): void {
    if (this.#chunks.length === mostChunks) this.lose(0, 'body_limit');
    else if (!this.isLosing) this.#chunks.push(extension === '' ? [size] : [size, extension]);
  }

  override loseRest(missing: number, cause: GapCause): void {
    const rest = this.#framing === 'length' ? this.#contentLength - this.counted : missing;
    if (this.#framing !== 'none') this.lose(Math.max(0, rest), cause);
  }

  override get framing(): BodyFraming {
    return this.#framing === 'chunked' ? { kind: 'chunked', chunks: this.#chunks } : { kind: this.#framing };
  }
}
