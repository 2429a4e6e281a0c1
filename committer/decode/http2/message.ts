import type { BodyFraming, TapeTime } from '../../../tape/exchange.ts';
import type { MessageScanner } from '../../../wire/grpc/message-scanner.ts';
import { DecodedMessage } from '../decoded-message.ts';

/** Bytes kept of one side of a call. Of each of its messages the limit of a body is kept. */
const mostCallBytes = 32 * 1024 * 1024;

/** What has come of one message of an HTTP/2 stream behind its head. */
export class Http2Message extends DecodedMessage {
  /** One whose body is made of `messages`, or of anything else: then `limit` bytes are kept. */
  static of(messages: MessageScanner | undefined, beganAt: TapeTime, limit: number): Http2Message {
    return new Http2Message(beganAt, messages === undefined ? limit : mostCallBytes);
  }

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
