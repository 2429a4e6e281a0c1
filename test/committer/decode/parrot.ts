import type {
  ConnectionDecoder,
  DecodeContext,
  DecodedUpgrade,
  Decoders,
  PassedRecord,
} from '../../../committer/decode/connection-decoder.ts';
import { DecodedMessage } from '../../../committer/decode/decoded-message.ts';
import type { PendingExchange } from '../../../committer/decode/pending-exchange.ts';
import type { StateProtocol } from '../../../ledger/segment.ts';
import type { BodyFraming, TapeTime } from '../../../tape/exchange.ts';

class ParrotMessage extends DecodedMessage {
  override get framing(): BodyFraming {
    return { kind: 'stream' };
  }
}

/** Decodes a protocol of the tests: what either sender says behind the upgrade is the body of its message. */
export class ParrotDecoder implements ConnectionDecoder {
  readonly reads: StateProtocol;
  readonly taken: PassedRecord[] = [];
  #exchange: PendingExchange | undefined;
  #over: PendingExchange[] = [];

  constructor(reads: StateProtocol, { bodyLimit }: DecodeContext, upgrade?: DecodedUpgrade) {
    this.reads = reads;
    this.#exchange = upgrade?.exchange;
    if (this.#exchange === undefined) return;
    const { response } = this.#exchange;
    this.#exchange.request = new ParrotMessage(this.#exchange.request.beganAt, bodyLimit);
    if (response?.final !== undefined) {
      const message = new ParrotMessage(response.beganAt, bodyLimit);
      response.final = { head: response.final.head, message };
    }
  }

  /** What it was given of both senders, as text, `|` between records. */
  get heard(): string {
    const texts = this.taken.flatMap((record) =>
      record.kind === 'data'
        ? [`${record.offset}:${Buffer.from(record.bytes).toString('latin1')}`]
        : [record.kind],
    );
    return texts.join('|');
  }

  get idle(): boolean {
    return this.#exchange === undefined;
  }

  take(record: PassedRecord, at: TapeTime): void {
    this.taken.push(record);
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (record.kind === 'data') {
      const message = record.sender === 'client' ? exchange.request : exchange.response?.final?.message;
      message?.add(at, record.bytes, 0, record.bytes.length);
    }
    if (record.kind === 'end' && record.sender === 'service') this.#finish();
  }

  close(): void {
    this.#exchange?.fail('in_flight');
    this.#finish();
  }

  pending(message: number): PendingExchange | undefined {
    return this.#exchange?.message === message ? this.#exchange : undefined;
  }

  inFlight(): number {
    return this.idle ? 0 : 1;
  }

  takeOver(): readonly PendingExchange[] {
    const over = this.#over;
    this.#over = [];
    return over;
  }

  #finish(): void {
    if (this.#exchange !== undefined) this.#over.push(this.#exchange);
    this.#exchange = undefined;
  }
}

/** The decoders of a test, and those of them that were made. */
export function parrots(): { made: ParrotDecoder[]; upgrades: DecodedUpgrade[]; decoders: Decoders } {
  const made: ParrotDecoder[] = [];
  const upgrades: DecodedUpgrade[] = [];
  const keep = (decoder: ParrotDecoder): ParrotDecoder => {
    made.push(decoder);
    return decoder;
  };
  const states = new Map(
    (['http/2', 'websocket'] as const).map((reads) => [
      reads,
      (context: DecodeContext) => keep(new ParrotDecoder(reads, context)),
    ]),
  );
  const takeOver = (context: DecodeContext, upgrade: DecodedUpgrade): ParrotDecoder | undefined => {
    upgrades.push(upgrade);
    const isShy = upgrade.exchange.head.target === '/shy';
    return isShy ? undefined : keep(new ParrotDecoder('websocket', context, upgrade));
  };
  return { made, upgrades, decoders: { states, upgrades: new Map([['parrot', takeOver]]) } };
}
