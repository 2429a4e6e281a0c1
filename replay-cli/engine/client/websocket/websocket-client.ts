import { randomBytes } from 'node:crypto';
import type { TargetAddress } from '../../../../program/address.ts';
import type { Exchange, ExchangeWithBodies, HeaderField, RequestHead } from '../../../../tape/exchange.ts';
import { isKey } from '../../../../wire/websocket/handshake.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import type {
  ConnectionCounts,
  ExchangeClient,
  OnItsWay,
  ReadyRequest,
  SendOptions,
} from '../exchange-client.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { refusedDelivery } from '../refused-delivery.ts';
import { type OpeningSocket, openSocket, type TargetTls } from '../target-socket.ts';
import { type LaidFrames, layFrames } from './lay-frames.ts';
import { SocketDelivery } from './socket-delivery.ts';

/** Sends exchanges that became WebSockets: each over a connection of its own. */
export class WebSocketClient implements ExchangeClient {
  readonly #timer: PreciseTimer;
  readonly #tls: TargetTls;
  /** Opened ahead, by exchange. */
  readonly #prepared = new Map<number, OpeningSocket>();
  readonly #open = new Set<SocketDelivery>();
  #opened = 0;

  constructor(timer: PreciseTimer, tls: TargetTls) {
    this.#timer = timer;
    this.#tls = tls;
  }

  get counts(): ConnectionCounts {
    return { opened: this.#opened, reopened: 0, extra: 0 };
  }

  prepare({ id }: Exchange, target: TargetAddress): void {
    if (!this.#prepared.has(id)) this.#prepared.set(id, this.#connect(target));
  }

  ready(request: OutgoingRequest, recorded: ExchangeWithBodies): ReadyRequest {
    const laid = layFrames(request, recorded);
    const head = withKey(request.message.head);
    return { leadMs: 0, send: (options) => this.#send(recorded.exchange, head, laid, options) };
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#prepared.values()) socket.destroy();
    this.#prepared.clear();
    for (const delivery of this.#open) delivery.drop('dropped');
  }

  #connect(target: TargetAddress): OpeningSocket {
    this.#opened++;
    const opening = openSocket(target, this.#tls, 'http/1.1');
    // Whoever needs the connection waits for it; a refusal that no one waits for is told at its use.
    opening.connected.catch(() => {});
    opening.socket.on('error', () => {});
    return opening;
  }

  async #send({ id }: Exchange, head: RequestHead, laid: LaidFrames, send: SendOptions): Promise<OnItsWay> {
    const { socket, connected } = this.#prepared.get(id) ?? this.#connect(send.target);
    this.#prepared.delete(id);
    try {
      await connected;
    } catch (refused) {
      return refusedDelivery(send, refused);
    }
    const delivery = new SocketDelivery({ socket, timer: this.#timer, head, laid, send });
    this.#open.add(delivery);
    const done = delivery.done.finally(() => this.#open.delete(delivery));
    return { sentAt: delivery.begin(), done, stream: delivery };
  }
}

/** A key that is none any more, since the sanitizers found it to be a secret, is made anew: services insist on one. */
function withKey(head: RequestHead): RequestHead {
  const fields = head.fields.map((field): HeaderField => {
    const [name, value, separator] = field;
    if (name.toLowerCase() !== 'sec-websocket-key' || isKey(value.trim())) return field;
    const key = randomBytes(16).toString('base64');
    return separator === undefined ? [name, key] : [name, key, separator];
  });
  return { ...head, fields };
}
