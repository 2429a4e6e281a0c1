import type { ProcessTime, Sender } from '../../../ledger/segment.ts';
import { MessageScanner } from '../../../wire/grpc/message-scanner.ts';
import { Http2Connection, type Upgraded } from '../../../wire/http2/connection.ts';
import type { FieldBlock, Http2OpaqueCause, Http2Sink, Http2Stream } from '../../../wire/http2/events.ts';
import { callEndOf, connectVersion } from '../call-end.ts';
import type { Observation } from '../observation.ts';
import type { ObserverHost, ProtocolObserver, StatefulObserver, Upgrade } from '../protocol.ts';
import { Http2Flight } from './flight.ts';
import { Http2HeadFacts } from './head-facts.ts';

type Stream = Http2Stream<Http2Flight>;

/** How long floods are counted, nanoseconds. */
const calmNs = 1e9;
const highestStatus = 999;
/** Goes through what the scanner of a stream has not taken yet. */
const walker = new MessageScanner();
const senders = ['client', 'service'] as const satisfies readonly Sender[];

/** What the observers of one service's connections share. */
const factsOf = new WeakMap<Observation, Http2HeadFacts>();

function sharedFacts(observation: Observation): Http2HeadFacts {
  const known = factsOf.get(observation);
  if (known !== undefined) return known;
  const facts = new Http2HeadFacts(observation);
  factsOf.set(observation, facts);
  return facts;
}

/**
 * Looks at a connection of HTTP/2: each stream is an exchange, and its number the stream's. What is left out is left out
 * of the content of DATA frames, so that the frames go on around it.
 */
export class Http2Observer implements ProtocolObserver, StatefulObserver, Http2Sink<Http2Flight> {
  readonly protocol = 'http/2';
  readonly stateful = this;
  readonly #host: ObserverHost;
  readonly #facts: Http2HeadFacts;
  readonly #connection: Http2Connection<Http2Flight>;
  readonly #begun: Record<Sender, boolean> = { client: false, service: false };
  #allBegun = false;
  #calmAt: ProcessTime;

  constructor(host: ObserverHost, upgraded?: Upgraded) {
    this.#host = host;
    this.#calmAt = host.client.time;
    this.#facts = sharedFacts(host.observation);
    const { wanted } = this.#facts;
    this.#connection = new Http2Connection(this, upgraded === undefined ? { wanted } : { wanted, upgraded });
  }

  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    const recording = sender === 'client' ? this.#host.client : this.#host.service;
    if (!this.#allBegun) this.#begin(sender, start);
    if (recording.time - this.#calmAt > calmNs) {
      this.#calmAt = recording.time;
      this.#connection.calm();
    }
    this.#connection.push(sender, bytes, start, end);
    if (this.#connection.opaque) recording.stop(end);
  }

  #begin(sender: Sender, at: number): void {
    if (!this.#begun[sender]) this.#connection[sender].offset = this.#host[sender].absolute(at);
    this.#begun[sender] = true;
    this.#allBegun = this.#begun.client && this.#begun.service;
  }

  end(): void {}

  /** Nobody asks for its exchanges any more. */
  abandon(): void {
    for (const flight of this.waiting) this.#land(flight);
    this.#connection.abandon();
  }

  get waiting(): Iterable<Http2Flight> {
    return waitingOf(this.#connection.streams);
  }

  get idle(): boolean {
    return this.#connection.streams.size === 0;
  }

  state(): Uint8Array {
    for (const sender of senders) {
      if (!this.#begun[sender]) this.#connection[sender].offset = this.#host[sender].offset;
    }
    return this.#connection.encodeState();
  }

  /** Stream 1 answers the exchange that HTTP/1 began. */
  takeOver({ flight }: Upgrade): void {
    const stream = this.#connection.streams.get(1);
    if (stream === undefined) return;
    stream.own = new Http2Flight(stream, flight.startedAt);
    stream.own.session = flight.session;
    if (flight.ignored) this.#ignore(stream);
  }

  onRequest(stream: Stream, { values }: FieldBlock): void {
    const { observation, client } = this.#host;
    const flight = new Http2Flight(stream, client.time);
    stream.own = flight;
    const { isIgnored, session, watchesCalls } = observation;
    const facts = this.#facts;
    facts.values = values;
    facts.target = stream.path;
    if (isIgnored?.(facts)) this.#ignore(stream);
    if (session !== undefined) flight.session = session.ofRequest(facts);
    if (watchesCalls) flight.isConnect = facts.has(connectVersion);
  }

  onResponse(stream: Stream, status: number, { values, endStream }: FieldBlock): void {
    const flight = stream.own;
    if (status < 200 || status > highestStatus || flight === undefined || flight.ignored) return;
    const { firesOn, watchesCalls, session } = this.#host.observation;
    const facts = this.#facts;
    facts.values = values;
    if (session !== undefined) flight.session ??= session.ofResponse(facts);
    // What a CONNECT opens may last: once it is answered it is not late.
    if (stream.method === 'CONNECT') flight.timedOut = true;
    if (firesOn[status] === 1) this.#host.firings.onStatus(flight, status);
    else if (endStream) this.#callEnded(flight, facts.grpcStatus);
    else if (watchesCalls && facts.mayEndInBody(status)) {
      flight.call = callEndOf(status, facts, () => flight.isConnect);
    }
  }

  onTrailers(stream: Stream, sender: Sender, { values }: FieldBlock): void {
    const flight = stream.own;
    if (sender === 'client' || flight === undefined || flight.ignored) return;
    this.#facts.values = values;
    this.#callEnded(flight, this.#facts.grpcStatus);
  }

  onData(stream: Stream, sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    if (sender === 'service') stream.own?.call?.push(bytes, start, end);
    const { bodyLimit } = this.#host.observation;
    const { messages } = stream.message(sender);
    if (messages !== undefined && !stream.ignored && bodyLimit.bytes > 0) {
      this.#limitMessages(stream, sender, messages, bytes, start, end);
      return;
    }
    const left = stream.ignored ? 0 : bodyLimit.bytes - stream.message(sender).bytes;
    if (end - start <= left) return;
    const from = start + Math.max(0, left);
    this.#host[sender].leaveOut(stream.id, from, end, stream.ignored ? 'ignored' : bodyLimit.cause);
  }

  /** A call may last: the limit is that of each message, and one past it is left out whole. */
  #limitMessages(
    { id }: Stream,
    sender: Sender,
    messages: MessageScanner,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { bytes: limit, cause } = this.#host.observation.bodyLimit;
    if (end - start <= limit && messages.holdsOne(bytes, start, end)) return;
    walker.goTo(messages);
    for (let at = start; at < end; ) {
      const next = Math.min(end, at + walker.left);
      if (walker.size > limit) this.#host[sender].leaveOut(id, at, next, cause);
      walker.push(bytes, at, next);
      at = next;
    }
  }

  /** Nobody will ask for it. */
  onStrayData(sender: Sender, start: number, end: number): void {
    this.#host[sender].leaveOut(0, start, end, this.#host.observation.bodyLimit.cause);
  }

  onEnd(stream: Stream, sender: Sender): void {
    const flight = stream.own;
    if (sender === 'client' || flight === undefined) return;
    this.#callEnded(flight, flight.call?.outcome?.code);
    this.#land(flight);
  }

  onReset(stream: Stream, sender: Sender): void {
    const flight = stream.own;
    if (flight === undefined || flight.landed) return;
    if (sender === 'service' && !flight.ignored) this.#host.firings.onException(flight, 'reset');
    this.#land(flight);
  }

  onPush(): void {}

  /** The service has not looked at what came behind `last`, and never will: its client asks again, elsewhere. */
  onGoaway(sender: Sender, last: number): void {
    if (sender === 'client') return;
    for (const stream of this.#connection.streams) if (stream.id > last) this.#land(stream.own);
  }

  onOpaque(cause: Http2OpaqueCause): void {
    this.#host.turnOpaque(cause);
  }

  #ignore(stream: Stream): void {
    stream.ignored = true;
    const { connection, client, observation } = this.#host;
    const [time, offset] = [client.time, client.offset];
    this.#host.firings.behind(() =>
      observation.batches.skip(connection, 'client', time, offset, 0, stream.id, 'ignored'),
    );
  }

  #callEnded(flight: Http2Flight, code: number | undefined): void {
    if (code !== undefined) this.#host.firings.onGrpcStatus(flight, code);
  }

  #land(flight: Http2Flight | undefined): void {
    if (flight === undefined || flight.landed) return;
    flight.landed = true;
    this.#host.observation.landed(flight);
  }
}

function* waitingOf(streams: Iterable<Stream>): Iterable<Http2Flight> {
  for (const { own } of streams) if (own !== undefined && !own.landed) yield own;
}

/** The observer of a connection that `Upgrade: h2c` led here; nobody where the request does not allow it. */
export function upgradedObserver(host: ObserverHost, upgrade: Upgrade): ProtocolObserver | undefined {
  const settings = upgrade.request?.field('http2-settings');
  if (settings === undefined) return undefined;
  const { method, target } = upgrade.flight.startLine;
  const observer = new Http2Observer(host, {
    method,
    path: target,
    settings: Buffer.from(settings, 'base64url'),
  });
  observer.takeOver(upgrade);
  return observer;
}
