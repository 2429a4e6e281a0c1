import type { Ending, Sender } from '../../../ledger/segment.ts';
import { internalError } from '../../../wire/websocket/close.ts';
import { WebSocketConnection, type WebSocketSink } from '../../../wire/websocket/connection.ts';
import { type AgreedExtensions, agreedExtensions } from '../../../wire/websocket/extensions.ts';
import { type FrameHead, isControl, opcodes } from '../../../wire/websocket/frame.ts';
import { encodeState } from '../../../wire/websocket/state.ts';
import type { Flight } from '../flight.ts';
import type { ObserverHost, ProtocolObserver, StatefulObserver, Upgrade } from '../protocol.ts';
import type { Recording } from '../recording.ts';
import { IgnoredObserver } from './ignored-observer.ts';

const noFlights: readonly Flight[] = [];

/** Who looks on behind an upgrade to WebSocket; nobody where what was agreed on is not known. */
export function observeWebSocket(
  host: ObserverHost,
  { flight, response }: Upgrade,
): ProtocolObserver | undefined {
  // Its answer has come: how long the conversation lasts is no lateness.
  flight.timedOut = true;
  if (flight.ignored) return new IgnoredObserver(host, flight);
  const fields = response
    .fields('sec-websocket-extensions')
    .map((value) => ['sec-websocket-extensions', value] as const);
  const agreed = agreedExtensions(fields);
  return agreed === undefined ? undefined : new WebSocketObserver(host, flight, agreed);
}

/**
 * Looks at a WebSocket: counts its messages, leaves out what of them passes the limit of bytes a body, and asks the
 * triggers where the service closes with 1011 (internal error), or ends without a close frame. With one, from either
 * side, the exchange is over for the triggers.
 */
class WebSocketObserver implements ProtocolObserver, StatefulObserver, WebSocketSink {
  readonly protocol = 'websocket';
  readonly #host: ObserverHost;
  readonly #flight: Flight;
  readonly #flights: readonly Flight[];
  readonly #agreed: AgreedExtensions;
  readonly #connection: WebSocketConnection;
  /** Bytes of payload of the message under way, its last frame aside. */
  readonly #sent = { client: 0, service: 0 };
  #closed = false;

  constructor(host: ObserverHost, flight: Flight, agreed: AgreedExtensions) {
    this.#host = host;
    this.#flight = flight;
    this.#flights = [flight];
    this.#agreed = agreed;
    this.#connection = new WebSocketConnection(agreed, this);
  }

  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    this.#connection.push(sender, bytes, start, end);
  }

  end(_sender: Sender, _how: Ending): void {}

  abandon(): void {
    this.#connection.client.abandon();
    this.#connection.service.abandon();
  }

  get waiting(): Iterable<Flight> {
    return this.#closed ? noFlights : this.#flights;
  }

  get idle(): boolean {
    return this.#closed;
  }

  get stateful(): StatefulObserver {
    return this;
  }

  state(): Uint8Array {
    const { client, service } = this.#host;
    const { method, target } = this.#flight.startLine;
    return encodeState({
      message: this.#flight.message,
      method,
      target,
      agreed: this.#agreed,
      client: { offset: client.offset, frames: this.#connection.client.state },
      service: { offset: service.offset, frames: this.#connection.service.state },
    });
  }

  onFrame(sender: Sender, frame: FrameHead, at: number): void {
    const { bytes, cause } = this.#host.observation.bodyLimit;
    const control = isControl(frame.opcode);
    if (!control && frame.opcode !== opcodes.continuation) this.#sent[sender] = 0;
    const room = control ? controlRoom(frame, bytes) : bytes - this.#sent[sender];
    if (!control) this.#sent[sender] += frame.length;
    if (frame.length <= room) return;
    const recording = this.#recording(sender);
    recording.limit(this.#flight.message, recording.absolute(at) + Math.max(0, room), cause);
  }

  onFrameEnd(sender: Sender, _frame: FrameHead, at: number): void {
    this.#recording(sender).end(at);
  }

  onMessage(sender: Sender): void {
    this.#host.observation.counters.webSocketMessages[sender]++;
  }

  onClose(sender: Sender, code: number | undefined): void {
    // What answers a close of the other side says nothing of its own.
    if (this.#closed) return;
    this.#closed = true;
    if (sender === 'service' && code === internalError)
      this.#host.firings.onException(this.#flight, 'internal_error');
    this.#host.observation.landed(this.#flight);
  }

  onOpaque(sender: Sender, at: number): void {
    this.#recording(sender).stop(at);
    this.#host.turnOpaque('malformed');
  }

  #recording(sender: Sender): Recording {
    return sender === 'client' ? this.#host.client : this.#host.service;
  }
}

/** How much of a control frame is kept: all, unless no payloads are; of a close, its code always. */
function controlRoom({ opcode, length }: FrameHead, limit: number): number {
  if (limit > 0) return length;
  return opcode === opcodes.close ? 2 : 0;
}
