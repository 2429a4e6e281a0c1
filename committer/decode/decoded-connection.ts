import type { Ending, LedgerRecord, OpenRecord, Sender, TriggerRecord } from '../../ledger/segment.ts';
import { type ExchangeFailure, type TapeTime, type TriggerKind, triggerKinds } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { Http1Head } from '../../wire/http1/events.ts';
import { parseRequestHead, parseResponseHead, parseTrailers } from '../../wire/http1/head.ts';
import type { Http1Scanner } from '../../wire/http1/scanner.ts';
import { DecodedMessage } from './decoded-message.ts';
import type { GapTally } from './gap-tally.ts';
import { Lane, type LaneEvents } from './lane.ts';
import { PendingExchange } from './pending-exchange.ts';

/** What an interceptor process lost so far: `count` grows with each hole, `cause` is the last one's. */
export interface Holes {
  readonly count: number;
  readonly cause: GapCause;
}

const isTriggerKind = (kind: string): kind is TriggerKind => triggerKinds.some((known) => known === kind);

/**
 * Pairs the requests of one connection with its responses. A response is decoded only where its request's head was:
 * without it a body's framing would be guessed (HEAD).
 */
export class DecodedConnection {
  /** The number on the tape, given with the first exchange. */
  tapeNumber: number | undefined;
  opened: Pick<OpenRecord, 'client' | 'service'> | undefined;
  /** Exchanges that are over. They wait for the trigger records that follow the segment or ending behind them. */
  over: PendingExchange[] = [];
  overAt: TapeTime = 0;
  readonly #pending = new Map<number, PendingExchange>();
  readonly #holes: Holes;
  readonly #gaps: GapTally;
  readonly #bodyLimit: number;
  readonly #client: Lane;
  readonly #service: Lane;
  /** Holes that the lanes are known to be untouched by. */
  readonly #seen: Record<Sender, number>;
  readonly #endings: Partial<Record<Sender, Ending>> = {};
  #lastRequest = -1;
  #lastIgnored = -1;
  #request: PendingExchange | undefined;
  #requestBeganAt: TapeTime = 0;
  #requestHoles = 0;
  #response: PendingExchange | undefined;
  #opaque = false;

  constructor(holes: Holes, gaps: GapTally, bodyLimit: number, edge: GapCause) {
    this.#holes = holes;
    this.#gaps = gaps;
    this.#bodyLimit = bodyLimit;
    this.#seen = { client: holes.count, service: holes.count };
    this.#client = new Lane('request', this.#requestEvents(), gaps, edge);
    this.#service = new Lane('response', this.#responseEvents(), gaps, edge);
  }

  /** Both senders are done, and nothing waits. */
  get isClosed(): boolean {
    const { client, service } = this.#endings;
    return (
      client !== undefined && service !== undefined && this.#pending.size === 0 && this.over.length === 0
    );
  }

  /** Exchanges that began before `at` and are not over. */
  inFlight(at: TapeTime): number {
    let count = 0;
    for (const exchange of this.#pending.values()) if (exchange.request.beganAt < at) count++;
    return count;
  }

  take(record: LedgerRecord, at: TapeTime): void {
    switch (record.kind) {
      case 'open':
        this.opened = record;
        break;
      case 'data':
        this.#laneOf(record.sender).data(record, at, this.#holes.cause);
        this.#seen[record.sender] = this.#holes.count;
        break;
      case 'skip':
        this.#laneOf(record.sender).skip(record, at, this.#holes.cause);
        this.#seen[record.sender] = this.#holes.count;
        break;
      case 'message_end':
        this.#laneOf(record.sender).messageEnd(record, at, this.#holes.cause);
        break;
      case 'end':
        this.#end(record.sender, record.how, at);
        break;
      case 'opaque':
        this.#turnOpaque(record.cause, at);
        break;
      case 'trigger':
        this.#trigger(record, at);
        break;
      case 'loss':
      case 'closed':
        break;
    }
    this.#sweep(at);
  }

  /** The window ends: what is pending is over as it is. */
  close(at: TapeTime): void {
    this.#cutIfHoled('client');
    this.#cutIfHoled('service');
    this.#failAll(this.#endings.client === 'reset' ? 'client_gone' : 'in_flight', at);
    this.#client.stop('window_edge');
    this.#service.stop('window_edge');
    this.#requestsOver();
    this.#sweep(at);
  }

  #laneOf(sender: Sender): Lane {
    return sender === 'client' ? this.#client : this.#service;
  }

  /** Batches were lost, and nothing has shown since that the sender's bytes were not among them. */
  #isHoled(sender: Sender): boolean {
    return this.#seen[sender] !== this.#holes.count;
  }

  #cutIfHoled(sender: Sender): void {
    if (this.#isHoled(sender)) this.#laneOf(sender).hole(this.#holes.cause);
  }

  #end(sender: Sender, how: Ending, at: TapeTime): void {
    if (this.#endings[sender] !== undefined) return;
    this.#cutIfHoled(sender);
    const lane = this.#laneOf(sender);
    if (how === 'fin') lane.finish(at);
    this.#endings[sender] = how;
    if (sender === 'client') this.#requestsOver();
    else this.#failAll(this.#failureBy(how), at);
    lane.stop('malformed');
  }

  #failureBy(how: Ending): ExchangeFailure {
    if (this.#endings.client !== undefined && this.#endings.client !== 'local') return 'client_gone';
    switch (how) {
      case 'fin':
        return 'service_closed';
      case 'reset':
        return 'service_reset';
      case 'refused':
      case 'unreachable':
        return 'service_refused';
      case 'local':
        return 'in_flight';
    }
  }

  #turnOpaque(cause: GapCause, at: TapeTime): void {
    if (!this.#opaque) this.#gaps.add(cause, 'connections', 1, at);
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
  #failAll(failure: ExchangeFailure, at: TapeTime): void {
    for (const exchange of this.#pending.values()) {
      if (exchange.responseOver) continue;
      const missed = this.#missedBy(exchange);
      if (missed !== undefined) exchange.note('response', missed, at);
      else if (failure === 'in_flight') exchange.note('response', 'in_flight_limit', at);
      exchange.fail(missed === undefined ? failure : 'gap');
    }
    this.#response = undefined;
  }

  #missedBy(exchange: PendingExchange): GapCause | undefined {
    if (this.#isHoled('service') && exchange.holesBefore < this.#holes.count) return this.#holes.cause;
    return this.#service.missedSince(exchange.request.beganAt);
  }

  #requestsOver(): void {
    for (const exchange of this.#pending.values()) exchange.requestOver = true;
    this.#request = undefined;
  }

  #trigger({ message, trigger, fingerprint, detail }: TriggerRecord, at: TapeTime): void {
    const exchange = this.#pending.get(message) ?? this.over.find((done) => done.message === message);
    if (exchange === undefined || !isTriggerKind(trigger)) return;
    exchange.triggers.push({ trigger, at, fingerprint, ...(detail === '' ? {} : { detail }) });
  }

  /** Moves what is over, in the order of its requests, to where it waits for its triggers. */
  #sweep(at: TapeTime): void {
    for (const exchange of this.#pending.values()) {
      if (!exchange.isOver) continue;
      this.#pending.delete(exchange.message);
      this.over.push(exchange);
      this.overAt = at;
    }
  }

  #requestEvents(): LaneEvents {
    return {
      mayBegin: (message) => message > this.#lastRequest,
      begun: (message, at) => {
        this.#lastRequest = message;
        this.#requestBeganAt = at;
        this.#requestHoles = this.#holes.count;
      },
      head: (head) => this.#requestHead(head),
      body: (at, chunk, start, end) => this.#request?.request.add(at, chunk, start, end),
      chunk: (size, extension) => this.#request?.request.addChunk(size, extension),
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
        if (message > this.#lastIgnored) this.#gaps.add('ignored', 'exchanges', 1, at);
        this.#lastIgnored = Math.max(this.#lastIgnored, message);
      },
      opaque: () => this.#requestsOver(),
    };
  }

  #requestHead(head: Http1Head): void {
    const parsed = parseRequestHead(head.bytes.subarray(head.start, head.end));
    if (parsed === undefined) throw new Error('a head that the scanner accepted does not parse');
    const message = new DecodedMessage(this.#requestBeganAt, head, this.#bodyLimit);
    const exchange = new PendingExchange(head.message, head.method, parsed, message, this.#requestHoles);
    this.#pending.set(head.message, exchange);
    this.#request = exchange;
    this.#service.scanner?.expect(head.method, head.message);
    const service = this.#endings.service;
    if (service !== undefined) exchange.fail(this.#failureBy(service));
  }

  #requestEnds(): void {
    if (this.#request !== undefined) this.#request.requestOver = true;
    this.#request = undefined;
  }

  #responseEvents(): LaneEvents {
    return {
      mayBegin: (message) => this.#pending.get(message)?.responseOver === false,
      begun: (message, at, scanner) => this.#responseBegins(message, at, scanner),
      head: (head, at) => this.#responseHead(head, at),
      body: (at, chunk, start, end) => this.#response?.response?.final?.message.add(at, chunk, start, end),
      chunk: (size, extension) => this.#response?.response?.final?.message.addChunk(size, extension),
      trailers: (fields) => {
        const message = this.#response?.response?.final?.message;
        if (message !== undefined) message.trailers = parseTrailers(fields);
      },
      lost: (bytes, cause) => this.#response?.response?.final?.message.lose(bytes, cause),
      ended: (at) => {
        const message = this.#response?.response?.final?.message;
        if (message !== undefined) message.endedAt = at;
        if (this.#response !== undefined) this.#response.responseOver = true;
        this.#response = undefined;
      },
      cut: (cause, missing, at) => {
        this.#response?.miss('response', cause, missing, at);
        this.#response?.fail('gap');
        this.#response = undefined;
      },
      ignored: () => {},
      opaque: (cause, at) => this.#turnOpaque(cause, at),
    };
  }

  /** Requests before this one whose responses have not come will get none: they were in a hole. */
  #responseBegins(message: number, at: TapeTime, scanner: Http1Scanner): void {
    for (const exchange of this.#pending.values()) {
      if (exchange.message < message && !exchange.responseOver) {
        exchange.miss('response', this.#holes.cause, 0, at);
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
      response.final = { head: parsed, message: new DecodedMessage(response.beganAt, head, this.#bodyLimit) };
    }
  }
}
