import type { ResponseHead } from '../../../../tape/exchange.ts';
import { type AgreedExtensions, agreedExtensions } from '../../../../wire/websocket/extensions.ts';
import { namesWebSocket } from '../../../../wire/websocket/handshake.ts';
import { type DecodedFrame, MessageDecoder } from '../../../../wire/websocket/message-decoder.ts';
import { type ReadResponse, ResponseReader } from '../http1/response-reader.ts';

/** Who waits for what a service answers to a request for an upgrade. */
export interface UpgradedListener {
  /** The service agreed: frames follow. */
  onUpgrade(head: ResponseHead, agreed: AgreedExtensions): void;
  onFrame(frame: DecodedFrame): void;
  /** The service answered with a response, and nothing follows. */
  onResponse(response: ReadResponse): void;
  /** What came is neither. */
  onMalformed(): void;
}

const switchingProtocols = 101;
/** Bytes that are kept of one message. */
const messageLimit = 16 * 1024 * 1024;

/** Reads what a service answers to a request for an upgrade, and the frames behind it. Bytes in, calls out. */
export class UpgradedReader {
  readonly #listener: UpgradedListener;
  readonly #reader = new ResponseReader();
  #decoder: MessageDecoder | undefined;
  #head: ResponseHead | undefined;

  constructor(method: string, listener: UpgradedListener) {
    this.#listener = listener;
    this.#reader.expect(method, {
      onInterim: () => {},
      onHead: (head) => {
        this.#head = head;
      },
      onEnd: (response) => {
        if (response.head.status !== switchingProtocols) listener.onResponse(response);
      },
    });
  }

  /** The head of the final response, where it has come. */
  get head(): ResponseHead | undefined {
    return this.#head;
  }

  push(chunk: Uint8Array): void {
    if (this.#decoder !== undefined) {
      this.#decoder.push(chunk, 0, chunk.length, performance.now());
      return;
    }
    this.#reader.push(chunk);
    if (this.#reader.broken === undefined && this.#head?.status !== switchingProtocols) return;
    if (this.#reader.broken !== undefined && this.#reader.broken !== 'upgrade') this.#listener.onMalformed();
    else this.#begin(chunk);
  }

  /** The service closed its side: that ends a response which lasts until then. */
  finish(): void {
    if (this.#decoder === undefined) this.#reader.finish();
  }

  #begin(chunk: Uint8Array): void {
    const head = this.#head;
    const agreed =
      head === undefined || !namesWebSocket(head.fields) ? undefined : agreedExtensions(head.fields);
    if (head === undefined || agreed === undefined) {
      this.#listener.onMalformed();
      return;
    }
    const deflate = agreed.deflate?.service;
    this.#decoder = new MessageDecoder(
      { sender: 'service', limit: messageLimit, ...(deflate && { deflate }) },
      (frame) => this.#listener.onFrame(frame),
      () => this.#listener.onMalformed(),
    );
    this.#listener.onUpgrade(head, agreed);
    this.#decoder.push(chunk, this.#reader.brokenAt, chunk.length, performance.now());
  }
}
