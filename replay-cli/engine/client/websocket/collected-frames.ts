import type { WebSocketFrame } from '../../../../tape/exchange.ts';
import type { DecodedFrame } from '../../../../wire/websocket/message-decoder.ts';
import { CollectedBody } from '../collected-body.ts';

/** Frames that are kept of one side; the payloads of later ones are counted as dropped. */
const mostFrames = 200_000;

/** What a service sent behind the upgrade, as far as memory goes. Times are `ReplayTime`. */
export class CollectedFrames {
  readonly #frames: WebSocketFrame[] = [];
  readonly #body = new CollectedBody();
  #tooMany = 0;

  add({ at, opcode, fin, compressed, payload, lost }: DecodedFrame): void {
    if (this.#frames.length === mostFrames) {
      this.#tooMany += payload.length;
      return;
    }
    const before = this.#body.dropped;
    this.#body.add(payload, at);
    const dropped = this.#body.dropped - before + (lost?.bytes ?? 0);
    this.#frames.push({
      at,
      opcode,
      fin,
      size: payload.length - (this.#body.dropped - before),
      ...(compressed && { compressed }),
      ...(dropped > 0 && { lost: { bytes: dropped, cause: lost?.cause ?? 'body_limit' } }),
    });
  }

  get frames(): readonly WebSocketFrame[] {
    return this.#frames;
  }

  get dropped(): number {
    return this.#body.dropped + this.#tooMany;
  }

  bytes(): Uint8Array {
    return this.#body.bytes();
  }
}
