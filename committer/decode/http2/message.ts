import type { BodyFraming, TapeTime } from '../../../tape/exchange.ts';
import { DecodedMessage } from '../decoded-message.ts';

/** What has come of one message of an HTTP/2 stream behind its head. */
export class Http2Message extends DecodedMessage {
  #inHeaders = false;

  /** It ended; `inHeaders`: a HEADERS frame said so. */
  end(at: TapeTime, inHeaders: boolean): void {
    this.endedAt = at;
    this.#inHeaders = inHeaders;
  }

  override get framing(): BodyFraming {
    return this.#inHeaders ? { kind: 'stream', endStreamInHeaders: true } : { kind: 'stream' };
  }
}
