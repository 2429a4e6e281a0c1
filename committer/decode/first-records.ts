import type { StateProtocol } from '../../ledger/segment.ts';
import type { TapeTime } from '../../tape/exchange.ts';
import { mayServeHttp2, protocolOf } from '../../wire/first-bytes.ts';
import type { PassedRecord } from './connection-decoder.ts';

/** Bytes of a service that are held while its client has not shown what it speaks: an observer holds no more. */
const mostHeld = 4096;

const nothing = Buffer.alloc(0);

/** The protocol without marks that a record alone tells: a state names it, and a skip of no bytes is of HTTP/2. */
export function statefulProtocolOf(record: PassedRecord): StateProtocol | undefined {
  if (record.kind === 'state') return record.protocol;
  return record.kind === 'skip' && record.length === 0 ? 'http/2' : undefined;
}

/** The first records of a connection, until they show what it speaks. Nearly always the first does. */
export class FirstRecords {
  readonly held: { readonly record: PassedRecord; readonly at: TapeTime }[] = [];
  #client = nothing;
  #served = 0;

  /** No byte of the client has come. */
  get isSilent(): boolean {
    return this.#client.length === 0;
  }

  /**
   * Takes the next record. What the connection speaks, `undefined` while that is open: a mark is of HTTP/1, a state is of
   * its protocol, a skip of no bytes is of HTTP/2, and a client's first bytes tell. Of all else HTTP/1's decoder tells
   * what is missing. That a side ends tells nothing of a client that said nothing.
   */
  take(record: PassedRecord, at: TapeTime): 'http/1' | StateProtocol | undefined {
    this.held.push({ record, at });
    const told = statefulProtocolOf(record);
    if (told !== undefined) return told;
    if (record.kind === 'end' && this.isSilent) return undefined;
    if (record.kind !== 'data' || record.mark !== undefined) return 'http/1';
    return record.sender === 'client'
      ? this.#asked(record.offset, record.bytes)
      : this.#answered(record.offset, record.bytes);
  }

  #asked(offset: number, bytes: Uint8Array): 'http/1' | 'http/2' | undefined {
    if (offset !== this.#client.length) return 'http/1';
    this.#client = Buffer.concat([this.#client, bytes]);
    const protocol = protocolOf(this.#client, 0, this.#client.length);
    return protocol === 'tls' ? 'http/1' : protocol;
  }

  #answered(offset: number, bytes: Uint8Array): 'http/1' | undefined {
    if (offset !== this.#served || (offset === 0 && !mayServeHttp2(bytes[0]))) return 'http/1';
    this.#served += bytes.length;
    return this.#served > mostHeld ? 'http/1' : undefined;
  }
}
