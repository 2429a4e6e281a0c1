import type { LedgerRecord, OpenRecord, StateProtocol, TriggerRecord } from '../../ledger/segment.ts';
import { type TapeTime, type TriggerKind, triggerKinds } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { ConnectionDecoder, DecodeContext, PassedRecord } from './connection-decoder.ts';
import { FirstRecords, statefulProtocolOf } from './first-records.ts';
import { Http1Decoder } from './http1/decoder.ts';
import { Labels } from './labels.ts';
import type { PendingExchange } from './pending-exchange.ts';
import { UnreadDecoder } from './unread-decoder.ts';

const isTriggerKind = (kind: string): kind is TriggerKind => triggerKinds.some((known) => known === kind);

/**
 * One connection of the window, whatever it speaks: gives its records to the decoder that they call for, and its
 * triggers to the exchanges.
 */
export class DecodedConnection {
  /** The numbers on the tape, given with the first exchange of each service: to each it was a connection of its own. */
  readonly tapeNumbers = new Map<string, number>();
  readonly labels = new Labels();
  opened: Pick<OpenRecord, 'client' | 'service'> | undefined;
  /** Exchanges that are over. They wait for the trigger records that follow the segment or ending behind them. */
  over: PendingExchange[] = [];
  overAt: TapeTime = 0;
  readonly #context: DecodeContext;
  #decoder: ConnectionDecoder | undefined;
  #first = new FirstRecords();
  readonly #endings: { readonly record: PassedRecord; readonly at: TapeTime }[] = [];

  #holesAtOpen = 0;

  constructor(context: DecodeContext) {
    const edge = (): GapCause => this.#edge(context);
    this.#context = {
      ...context,
      get edge() {
        return edge();
      },
    };
  }

  /** Of a connection that is seen from its beginning, the window's edge takes nothing. */
  #edge({ edge, holes }: DecodeContext): GapCause {
    if (this.opened === undefined) return edge;
    return holes.count === this.#holesAtOpen ? 'malformed' : holes.cause;
  }

  /** Both senders are done, and nothing waits. */
  get isClosed(): boolean {
    return this.#endings.length === 2 && this.over.length === 0 && (this.#decoder?.idle ?? true);
  }

  /** Exchanges that began before `at` and are not over. */
  inFlight(at: TapeTime): number {
    return this.#decoder?.inFlight(at) ?? 0;
  }

  take(record: LedgerRecord, at: TapeTime): void {
    switch (record.kind) {
      case 'open':
        this.opened = record;
        this.#holesAtOpen = this.#context.holes.count;
        break;
      case 'trigger':
        this.#trigger(record, at);
        break;
      case 'routed':
        this.labels.take(record);
        break;
      case 'loss':
      case 'closed':
      case 'schema':
        break;
      default:
        this.#pass(record, at);
    }
  }

  /** The window ends: what is pending is over as it is. */
  close(at: TapeTime): void {
    const decoder = this.#decoder ?? this.#settle();
    decoder.close(at);
    this.#collect(decoder, at);
  }

  #pass(record: PassedRecord, at: TapeTime): void {
    if (record.kind === 'end') this.#end(record, at);
    else if (this.#decoder === undefined) this.#hold(record, at);
    else this.#give(this.#readerOf(this.#decoder, record, at), record, at);
  }

  /** The first ending of a sender counts. */
  #end(record: PassedRecord & { readonly kind: 'end' }, at: TapeTime): void {
    const known = this.#endings.some(
      (end) => end.record.kind === 'end' && end.record.sender === record.sender,
    );
    if (known) return;
    this.#endings.push({ record, at });
    if (this.#decoder === undefined) this.#hold(record, at);
    else this.#give(this.#decoder, record, at);
    if (this.#decoder === undefined && this.#endings.length === 2) this.#settle();
  }

  #hold(record: PassedRecord, at: TapeTime): void {
    const protocol = this.#first.take(record, at);
    if (protocol !== undefined) this.#begin(protocol);
  }

  /** Nothing tells what it speaks. Where its client said nothing (a probe), nothing is lost of what the service began. */
  #settle(): ConnectionDecoder {
    const isWhole = this.opened !== undefined && this.#context.holes.count === this.#holesAtOpen;
    if (isWhole && this.#first.isSilent) this.#first = new FirstRecords();
    return this.#begin('http/1');
  }

  /** Gives what was held to the decoder of this protocol. */
  #begin(protocol: 'http/1' | StateProtocol): ConnectionDecoder {
    const { held } = this.#first;
    this.#first = new FirstRecords();
    let decoder = this.#made(protocol);
    for (const { record, at } of held) decoder = this.#give(decoder, record, at);
    this.#decoder = decoder;
    return decoder;
  }

  #made(protocol: 'http/1' | StateProtocol): ConnectionDecoder {
    const context = this.#context;
    if (protocol === 'http/1') return new Http1Decoder(context);
    return context.decoders.states.get(protocol)?.(context) ?? new UnreadDecoder(protocol, context);
  }

  /** A record of another protocol says that the upgrade was in a hole: what went before it is over as it is. */
  #readerOf(decoder: ConnectionDecoder, record: PassedRecord, at: TapeTime): ConnectionDecoder {
    const protocol = statefulProtocolOf(record);
    if (protocol === undefined || protocol === decoder.reads) return decoder;
    decoder.close(at);
    this.#collect(decoder, at);
    const next = this.#made(protocol);
    for (const ending of this.#endings) next.take(ending.record, ending.at);
    return next;
  }

  #give(decoder: ConnectionDecoder, record: PassedRecord, at: TapeTime): ConnectionDecoder {
    this.#decoder = decoder;
    decoder.take(record, at);
    this.#collect(decoder, at);
    if (decoder.successor === undefined) return decoder;
    const { decoder: next, rest } = decoder.successor;
    this.#decoder = next;
    return rest === undefined ? next : this.#give(next, rest, at);
  }

  #collect(decoder: ConnectionDecoder, at: TapeTime): void {
    const over = decoder.takeOver();
    if (over.length === 0) return;
    this.over.push(...over);
    this.overAt = at;
  }

  #trigger({ message, trigger, fingerprint, detail }: TriggerRecord, at: TapeTime): void {
    const exchange =
      this.#decoder?.pending(message) ?? this.over.find((exchanged) => exchanged.message === message);
    if (exchange === undefined || !isTriggerKind(trigger)) return;
    exchange.triggers.push({ trigger, at, fingerprint, ...(detail === '' ? {} : { detail }) });
  }
}
