import type { DataRecord, Ending, Sender } from '../../../ledger/segment.ts';
import type { ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { Http1Head } from '../../../wire/http1/events.ts';
import { fieldValue, parseRequestHead, parseResponseHead, parseTrailers } from '../../../wire/http1/head.ts';
import type { Http1Scanner } from '../../../wire/http1/scanner.ts';
import type {
  ConnectionDecoder,
  DecodeContext,
  MakeUpgraded,
  PassedRecord,
  Successor,
} from '../connection-decoder.ts';
import type { PendingExchange } from '../pending-exchange.ts';
import { Http1Exchange } from './exchange.ts';
import { failureAtEdge, failureBy, type KnownFailure, type SeenEnding } from './failure.ts';
import { Lane, type LaneEvents } from './lane.ts';
import { Http1Message } from './message.ts';

const switchingProtocols = 101;

/**
 * Pairs the requests of one connection with its responses. A response is decoded only where its request's head was:
 * without it a body's framing would be guessed (HEAD).
 */
export class Http1Decoder implements ConnectionDecoder {
  readonly reads = 'http/1';
  /** Set once the service has switched to a protocol that there is a decoder of. */
  successor: Successor | undefined;
  readonly #context: DecodeContext;
  readonly #pending = new Map<number, Http1Exchange>();
  #over: PendingExchange[] = [];
  readonly #client: Lane;
  readonly #service: Lane;
  /** Holes that the lanes are known to be untouched by. */
  readonly #seen: Record<Sender, number>;
  readonly #endings: Partial<Record<Sender, SeenEnding>> = {};
  #lastRequest = -1;
  #lastIgnored = -1;
  #request: Http1Exchange | undefined;
  #requestBeganAt: TapeTime = 0;
  #requestHoles = 0;
  #response: Http1Exchange | undefined;
  #opaque = false;
  /** Who goes on behind the response at hand, which switches protocols. */
  #upgrade: MakeUpgraded | undefined;
  #switched: { readonly decoder: ConnectionDecoder; readonly offset: number } | undefined;

  constructor(context: DecodeContext) {
    const { holes, gaps, edge } = context;
    this.#context = context;
    this.#seen = { client: holes.count, service: holes.count };
    this.#client = new Lane('request', this.#requestEvents(), gaps, edge);
    this.#service = new Lane('response', this.#responseEvents(), gaps, edge);
  }

  get idle(): boolean {
    return this.#pending.size === 0;
  }

  pending(message: number): PendingExchange | undefined {
    return this.#pending.get(message);
  }

  takeOver(): readonly PendingExchange[] {
    const over = this.#over;
    if (over.length > 0) this.#over = [];
    return over;
  }

  /** Exchanges that began before `at` and are not over. */
  inFlight(at: TapeTime): number {
    let count = 0;
    for (const exchange of this.#pending.values()) if (exchange.request.beganAt < at) count++;
    return count;
  }

  take(record: PassedRecord, at: TapeTime): void {
    const why = this.#context.holes.cause;
    switch (record.kind) {
      case 'data':
        this.#laneOf(record.sender).data(record, at, why);
        this.#seen[record.sender] = this.#context.holes.count;
        if (this.#switched !== undefined) this.#handOver(record, this.#switched);
        break;
      case 'skip':
        this.#laneOf(record.sender).skip(record, at, why);
        this.#seen[record.sender] = this.#context.holes.count;
        break;
      case 'message_end':
        this.#laneOf(record.sender).messageEnd(record, at, why);
        break;
      case 'end':
        this.#end(record.sender, record.how, at);
        break;
      case 'opaque':
        this.#turnOpaque(record.cause, at);
        break;
      case 'state':
        break;
    }
    this.#sweep();
  }

  /** The window ends: what is pending is over as it is. */
  close(at: TapeTime): void {
    this.#cutIfHoled('client');
    this.#cutIfHoled('service');
    this.#failAll(failureAtEdge(this.#endings.client), at);
    this.#client.stop('in_flight_limit');
    this.#service.stop('in_flight_limit');
    this.#requestsOver();
    this.#sweep();
  }

  #laneOf(sender: Sender): Lane {
    return sender === 'client' ? this.#client : this.#service;
  }

  /** Batches were lost, and nothing has shown since that the sender's bytes were not among them. */
  #isHoled(sender: Sender): boolean {
    return this.#seen[sender] !== this.#context.holes.count;
  }

  #cutIfHoled(sender: Sender): void {
    if (this.#isHoled(sender)) this.#laneOf(sender).hole(this.#context.holes.cause);
  }

  #end(sender: Sender, how: Ending, at: TapeTime): void {
    this.#cutIfHoled(sender);
    const lane = this.#laneOf(sender);
    if (how === 'fin') lane.finish(at);
    this.#endings[sender] = { how, at };
    if (sender === 'client') this.#requestsOver();
    else this.#failAll(failureBy({ how, at }, this.#endings.client), at);
    lane.stop('malformed');
  }

  #turnOpaque(cause: GapCause, at: TapeTime): void {
    if (!this.#opaque) this.#context.gaps.add(cause, 'connections', 1, at);
    this.#opaque = true;
    this.#client.stop(cause);
    this.#service.stop(cause);
    for (const exchange of this.#pending.values()) {
      if (exchange.responseOver) continue;
      exchange.miss('response', cause, 0, at);
      exchange.fail('gap');
    }
    this.#response = undefined;
    this.#requestsOver();
  }

  /** No more responses come. What may have been among bytes that are missing has not failed by `failure`. */
  #failAll({ failure, failedAt }: KnownFailure, at: TapeTime): void {
    for (const exchange of this.#pending.values()) {
      if (exchange.responseOver) continue;
      const missed = this.#missedBy(exchange);
      if (missed !== undefined) exchange.note('response', missed, at);
      else if (failure === 'in_flight') exchange.note('response', 'in_flight_limit', at);
      if (missed === undefined) exchange.fail(failure, failedAt);
      else exchange.fail('gap');
    }
    this.#response = undefined;
  }

  #missedBy(exchange: Http1Exchange): GapCause | undefined {
    if (this.#isHoled('service') && exchange.holesBefore < this.#context.holes.count)
      return this.#context.holes.cause;
    return this.#service.missedSince(exchange.request.beganAt);
  }

  #requestsOver(): void {
    for (const exchange of this.#pending.values()) exchange.requestOver = true;
    this.#request = undefined;
  }

  /** Moves what is over to where it is asked for, in the order of its requests. */
  #sweep(): void {
    for (const exchange of this.#pending.values()) {
      if (!exchange.isOver) continue;
      this.#pending.delete(exchange.message);
      this.#over.push(exchange);
    }
  }

  /** Whether this answer hands the connection over: not where the client had sent more than what it answers. */
  #upgradeOf(head: ResponseHead): MakeUpgraded | undefined {
    if (head.status !== switchingProtocols || this.#pending.size > 1) return undefined;
    if (this.#client.nextBegin === undefined) return undefined;
    const token = fieldValue(head.fields, 'upgrade')?.toLowerCase() ?? '';
    return this.#context.decoders.upgrades.get(token);
  }

  /** The service's bytes from `offset` on are another protocol's. */
  #switch(offset: number, at: TapeTime): boolean {
    const [exchange, make, client] = [this.#response, this.#upgrade, this.#client.nextBegin];
    if (exchange === undefined || client === undefined) return false;
    const decoder = make?.(this.#context, { exchange, offsets: { client, service: offset } });
    if (decoder === undefined) {
      this.#responseEnds(at);
      return false;
    }
    this.#pending.delete(exchange.message);
    this.#response = undefined;
    this.#switched = { decoder, offset };
    return true;
  }

  #handOver(record: DataRecord, { decoder, offset }: { decoder: ConnectionDecoder; offset: number }): void {
    const { mark: _, ...unmarked } = record;
    const bytes = record.bytes.subarray(offset - record.offset);
    this.successor = { decoder, rest: bytes.length === 0 ? undefined : { ...unmarked, offset, bytes } };
  }

  #requestEvents(): LaneEvents {
    return {
      mayBegin: (message) => message > this.#lastRequest,
      edge: () => this.#context.edge,
      begun: (message, at) => {
        this.#lastRequest = message;
        this.#requestBeganAt = at;
        this.#requestHoles = this.#context.holes.count;
      },
      head: (head) => this.#requestHead(head),
      body: (at, chunk, start, end) => this.#request?.request.add(at, chunk, start, end),
      chunk: (size, extension) => this.#request?.asked.addChunk(size, extension),
      trailers: (fields) => {
        if (this.#request !== undefined) this.#request.request.trailers = parseTrailers(fields);
      },
      lost: (bytes, cause) => this.#request?.request.lose(bytes, cause),
      ended: (at) => {
        if (this.#request !== undefined) this.#request.request.endedAt = at;
        this.#requestEnds();
      },
      cut: (cause, missing, at) => {
        this.#request?.miss('request', cause, missing, at);
        this.#requestEnds();
      },
      ignored: (message, at) => {
        if (message > this.#lastIgnored) this.#context.gaps.add('ignored', 'exchanges', 1, at);
        this.#lastIgnored = Math.max(this.#lastIgnored, message);
      },
      switched: () => false,
      opaque: () => this.#requestsOver(),
    };
  }

  #requestHead(head: Http1Head): void {
    const parsed = parseRequestHead(head.bytes.subarray(head.start, head.end));
    if (parsed === undefined) throw new Error('a head that the scanner accepted does not parse');
    const message = new Http1Message(this.#requestBeganAt, head, this.#context.bodyLimit);
    const exchange = new Http1Exchange(head.message, head.method, parsed, message, this.#requestHoles);
    this.#pending.set(head.message, exchange);
    this.#request = exchange;
    this.#service.scanner?.expect(head.method, head.message);
    const service = this.#endings.service;
    if (service === undefined) return;
    const { failure, failedAt } = failureBy(service, this.#endings.client);
    exchange.fail(failure, failedAt);
  }

  #requestEnds(): void {
    if (this.#request !== undefined) this.#request.requestOver = true;
    this.#request = undefined;
  }

  #responseEvents(): LaneEvents {
    return {
      mayBegin: (message) => this.#pending.get(message)?.responseOver === false,
      edge: () => this.#context.edge,
      begun: (message, at, scanner) => this.#responseBegins(message, at, scanner),
      head: (head, at) => this.#responseHead(head, at),
      body: (at, chunk, start, end) => this.#response?.answered?.add(at, chunk, start, end),
      chunk: (size, extension) => this.#response?.answered?.addChunk(size, extension),
      trailers: (fields) => {
        const message = this.#response?.answered;
        if (message !== undefined) message.trailers = parseTrailers(fields);
      },
      lost: (bytes, cause) => this.#response?.answered?.lose(bytes, cause),
      ended: (at) => {
        if (this.#upgrade === undefined) this.#responseEnds(at);
      },
      cut: (cause, missing, at) => {
        this.#response?.miss('response', cause, missing, at);
        this.#response?.fail('gap');
        this.#response = undefined;
      },
      ignored: () => {},
      switched: (offset, at) => this.#switch(offset, at),
      opaque: (cause, at) => this.#turnOpaque(cause, at),
    };
  }

  /** Requests before this one whose responses have not come will get none: they were in a hole. */
  #responseBegins(message: number, at: TapeTime, scanner: Http1Scanner): void {
    for (const exchange of this.#pending.values()) {
      if (exchange.message < message && !exchange.responseOver) {
        exchange.miss('response', this.#context.holes.cause, 0, at);
        exchange.fail('gap');
      }
      if (exchange.message === message) {
        exchange.response = { beganAt: at, interim: [] };
        this.#response = exchange;
        scanner.expect(exchange.method, message);
      }
    }
  }

  #responseHead(head: Http1Head, at: TapeTime): void {
    const response = this.#response?.response;
    const parsed = parseResponseHead(head.bytes.subarray(head.start, head.end));
    if (parsed === undefined) throw new Error('a head that the scanner accepted does not parse');
    if (head.interim) response?.interim.push({ at, head: parsed });
    else if (response !== undefined) {
      this.#response?.answer(parsed, new Http1Message(response.beganAt, head, this.#context.bodyLimit));
      this.#upgrade = this.#upgradeOf(parsed);
    }
  }

  #responseEnds(at: TapeTime): void {
    const message = this.#response?.answered;
    if (message !== undefined) message.endedAt = at;
    if (this.#response !== undefined) this.#response.responseOver = true;
    this.#response = undefined;
  }
}
