import type { StateProtocol } from '../../ledger/segment.ts';
import type { TapeTime } from '../../tape/exchange.ts';
import type { ConnectionDecoder, DecodeContext, PassedRecord } from './connection-decoder.ts';
import type { PendingExchange } from './pending-exchange.ts';

const none: readonly PendingExchange[] = [];

/** Stands for the decoder of a protocol that there is none of: the connection is a gap, and nothing in it is guessed at. */
export class UnreadDecoder implements ConnectionDecoder {
  readonly reads: StateProtocol;
  readonly idle = true;
  readonly #context: DecodeContext;
  #told = false;

  constructor(reads: StateProtocol, context: DecodeContext) {
    this.reads = reads;
    this.#context = context;
  }

  take(record: PassedRecord, at: TapeTime): void {
    const { gaps } = this.#context;
    if (!this.#told) gaps.add('opaque', 'connections', 1, at);
    this.#told = true;
    if (record.kind === 'data') gaps.add('opaque', 'bytes', record.bytes.length, at);
    if (record.kind === 'skip') gaps.add(record.cause, 'bytes', record.length, at);
  }

  close(): void {}

  pending(): undefined {
    return undefined;
  }

  inFlight(): number {
    return 0;
  }

  takeOver(): readonly PendingExchange[] {
    return none;
  }
}
