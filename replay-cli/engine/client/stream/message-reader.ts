import type { HeaderField } from '../../../../tape/exchange.ts';
import { decodeText } from '../../../../wire/grpc/base64-body.ts';
import { type Call, encodingOf } from '../../../../wire/grpc/call.ts';
import { openMessage } from '../../../../wire/grpc/compression.ts';
import { MessageScanner, prefixLength } from '../../../../wire/grpc/message-scanner.ts';
import { type MessageFrame, readFrames } from '../../../../wire/grpc/messages.ts';

/** A message that is larger is counted, and its content is not told. */
const messageLimit = 4 * 1024 * 1024;

/** Gets the content of each message as its last byte comes; undefined where it cannot be opened, or is too large. */
export type OnMessage = (content: () => Uint8Array | undefined) => void;

/**
 * Reads the messages of a response as it comes in. A unary Connect message is its whole body, and is told by `finish`.
 */
export class MessageReader {
  readonly #call: Call;
  readonly #encoding: string;
  readonly #onMessage: OnMessage;
  readonly #scanner = new MessageScanner();
  #pieces: Uint8Array[] = [];
  #size = 0;
  #tooLarge = false;
  /** Text of base64 that is no whole group of four. */
  #text: Uint8Array = new Uint8Array(0);

  constructor(call: Call, responseFields: readonly HeaderField[], onMessage: OnMessage) {
    this.#call = call;
    this.#encoding = encodingOf(call, responseFields);
    this.#onMessage = onMessage;
  }

  push(chunk: Uint8Array): void {
    if (this.#call.dialect === 'connect') this.#keep(chunk);
    else if (this.#call.dialect === 'grpc-web-text') this.#pushText(chunk);
    else this.#pushFrames(chunk);
  }

  /** The response is whole. */
  finish(): void {
    if (this.#call.dialect === 'connect') this.#tell();
  }

  #pushText(chunk: Uint8Array): void {
    const text = Buffer.concat([this.#text, chunk]);
    const whole = text.length - (text.length % 4);
    this.#text = text.subarray(whole);
    this.#pushFrames(decodeText(text.subarray(0, whole)).bytes);
  }

  /** Feeds the scanner up to each border, so that every message is told when its last byte has come. */
  #pushFrames(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const to = Math.min(chunk.length, at + this.#untilBorder());
      const before = this.#scanner.messages;
      this.#scanner.push(chunk, at, to);
      this.#keep(chunk.subarray(at, to));
      if (this.#scanner.messages > before) this.#tell();
      at = to;
    }
  }

  /** Bytes to the end of the message under way, or to the end of its prefix. */
  #untilBorder(): number {
    const { prefix, length } = this.#scanner.position;
    return prefix < prefixLength ? prefixLength - prefix : length;
  }

  #keep(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > messageLimit) {
      this.#tooLarge = true;
      this.#pieces = [];
    } else this.#pieces.push(bytes);
  }

  #tell(): void {
    const [frame] = this.#tooLarge ? [] : this.#frames();
    if (this.#tooLarge || frame?.kind === 'message') {
      const encoding = this.#encoding;
      this.#onMessage(() => (frame === undefined ? undefined : contentOf(frame, encoding)));
    }
    this.#pieces = [];
    this.#size = 0;
    this.#tooLarge = false;
  }

  #frames(): readonly MessageFrame[] {
    // The text was decoded already.
    const dialect = this.#call.dialect === 'grpc-web-text' ? 'grpc-web' : this.#call.dialect;
    return readFrames(Buffer.concat(this.#pieces), dialect, this.#encoding, []).frames;
  }
}

/** A message with its compression taken off; undefined where that cannot be done. */
export function contentOf({ payload, compressed }: MessageFrame, encoding: string): Uint8Array | undefined {
  return compressed ? openMessage(payload, encoding, messageLimit) : payload;
}
