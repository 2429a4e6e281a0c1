import type { Ending, Sender, StateRecord } from '../../../ledger/segment.ts';
import type { TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import { agreedExtensions } from '../../../wire/websocket/extensions.ts';
import { decodeState, type WebSocketState } from '../../../wire/websocket/state.ts';
import type {
  ConnectionDecoder,
  DecodeContext,
  DecodedUpgrade,
  PassedRecord,
} from '../connection-decoder.ts';
import { failureAtEdge, failureBy, type SeenEnding } from '../http1/failure.ts';
import type { PendingExchange } from '../pending-exchange.ts';
import { partialExchange } from './partial-exchange.ts';
import { Side } from './side.ts';

/** A WebSocket that is being decoded: the exchange, and what both sides send. */
interface Open {
  readonly exchange: PendingExchange;
  readonly client: Side;
  readonly service: Side;
}

const senders = ['client', 'service'] as const;

/** Behind a 101 to WebSocket; undefined where an extension was agreed on that is not known. */
export function decodeUpgraded(
  context: DecodeContext,
  upgrade: DecodedUpgrade,
): ConnectionDecoder | undefined {
  const { exchange, offsets } = upgrade;
  const final = exchange.response?.final;
  const agreed = final && agreedExtensions(final.head.fields);
  if (exchange.response === undefined || final === undefined || agreed === undefined) return undefined;
  const side = (sender: Sender, beganAt: TapeTime): Side =>
    new Side({
      sender,
      agreed,
      offset: offsets[sender],
      beganAt,
      limit: context.bodyLimit,
      budget: context.inflation,
    });
  const client = side('client', exchange.request.beganAt);
  const service = side('service', exchange.response.beganAt);
  exchange.request = client.message;
  exchange.requestOver = false;
  exchange.response.final = { head: final.head, message: service.message };
  return new WebSocketDecoder(context, { exchange, client, service });
}

/**
 * Decodes a WebSocket: both sides' frames become the bodies of the exchange that upgraded. Where bytes are missing, that
 * exchange is over (`gap`). From the next state on there is another, a partial one, which begins with the first whole
 * message of each side: so a window may begin in the middle of a conversation, or lose some of it.
 */
export class WebSocketDecoder implements ConnectionDecoder {
  readonly reads = 'websocket';
  readonly #context: DecodeContext;
  #open: Open | undefined;
  #over: PendingExchange[] = [];
  readonly #endings: Partial<Record<Sender, SeenEnding>> = {};
  /** Holes that a side is known to be untouched by. */
  readonly #seen: Record<Sender, number>;
  #why: GapCause;
  #opaque = false;

  /** Without `open` it waits for a state. */
  constructor(context: DecodeContext, open?: Open) {
    this.#context = context;
    this.#open = open;
    this.#why = context.edge;
    this.#seen = { client: context.holes.count, service: context.holes.count };
  }

  get idle(): boolean {
    return this.#open === undefined;
  }

  /** A conversation may last for days: none is waited for. */
  inFlight(): number {
    return 0;
  }

  pending(message: number): PendingExchange | undefined {
    return this.#open?.exchange.message === message ? this.#open.exchange : undefined;
  }

  takeOver(): readonly PendingExchange[] {
    const over = this.#over;
    if (over.length > 0) this.#over = [];
    return over;
  }

  take(record: PassedRecord, at: TapeTime): void {
    switch (record.kind) {
      case 'data':
      case 'skip':
        this.#passed(record, at);
        break;
      case 'state':
        this.#state(record, at);
        break;
      case 'end':
        this.#end(record.sender, record.how, at);
        break;
      case 'opaque':
        this.#turnOpaque(record.cause, at);
        break;
      case 'message_end':
        break;
    }
    const open = this.#open;
    if (open?.client.over && open.service.over) this.#finish(open, at);
  }

  close(at: TapeTime): void {
    const open = this.#open;
    if (open === undefined) return;
    const holed = senders.some((sender) => !open[sender].over && this.#isHoled(sender));
    if (holed) this.#cut(this.#context.holes.cause, at);
    else {
      for (const sender of senders) if (!open[sender].over) open[sender].end('window_edge');
      const { failure, failedAt } = failureAtEdge(this.#endings.client);
      open.exchange.fail(failure, failedAt);
      this.#finish(open, at);
    }
  }

  #isHoled(sender: Sender): boolean {
    return this.#seen[sender] !== this.#context.holes.count;
  }

  #passed(record: PassedRecord & { readonly kind: 'data' | 'skip' }, at: TapeTime): void {
    const side = this.#open?.[record.sender];
    const length = record.kind === 'data' ? record.bytes.length : record.length;
    if (side === undefined) {
      this.#context.gaps.add(this.#why, 'bytes', length, at);
      return;
    }
    const follows = record.kind === 'data' ? side.data(record, at) : side.skip(record, at);
    this.#seen[record.sender] = this.#context.holes.count;
    if (!follows) {
      this.#cut(this.#context.holes.cause, at);
      this.#context.gaps.add(this.#why, 'bytes', length, at);
    } else if (side.isBroken) this.#turnOpaque('malformed', at);
  }

  /** It matters where bytes are missing; else both sides stand where it says. */
  #state({ bytes }: StateRecord, at: TapeTime): void {
    const state = decodeState(bytes);
    if (state === undefined || this.#opaque) return;
    const open = this.#open;
    if (open !== undefined && senders.every((sender) => open[sender].offset === state[sender].offset)) {
      for (const sender of senders) this.#seen[sender] = this.#context.holes.count;
      return;
    }
    if (open !== undefined) this.#cut(this.#context.holes.cause, at);
    this.#resume(state, at);
  }

  #resume(state: WebSocketState, at: TapeTime): void {
    const side = (sender: Sender): Side => {
      const { offset, frames } = state[sender];
      const { bodyLimit: limit, inflation: budget } = this.#context;
      return new Side({ sender, agreed: state.agreed, offset, from: frames, beganAt: at, limit, budget });
    };
    const [client, service] = [side('client'), side('service')];
    const cause = this.#why === 'window_edge' ? 'stream_edge' : this.#why;
    this.#open = {
      exchange: partialExchange(state, client.message, service.message, cause, at),
      client,
      service,
    };
    for (const sender of senders) this.#seen[sender] = this.#context.holes.count;
  }

  /** Bytes are missing: the exchange is over, and the next state is awaited. */
  #cut(cause: GapCause, at: TapeTime): void {
    const open = this.#open;
    this.#why = cause;
    if (open === undefined) return;
    for (const sender of senders) {
      if (open[sender].over) continue;
      open[sender].end(cause);
      open[sender].missed.add(cause);
    }
    open.exchange.fail('gap');
    this.#finish(open, at);
  }

  #turnOpaque(cause: GapCause, at: TapeTime): void {
    if (!this.#opaque) this.#context.gaps.add(cause, 'connections', 1, at);
    this.#opaque = true;
    this.#cut(cause, at);
  }

  /** A side that sends a close frame, or half-closes in order, is done; of all else it depends on the other. */
  #end(sender: Sender, how: Ending, at: TapeTime): void {
    this.#endings[sender] = { how, at };
    const open = this.#open;
    if (open === undefined) return;
    const side = open[sender];
    if (!side.over && this.#isHoled(sender)) {
      this.#cut(this.#context.holes.cause, at);
      return;
    }
    if (!side.over) side.end('malformed');
    if (how === 'fin') side.message.endedAt ??= at;
    if (sender === 'client' || side.closed || open.client.closed) return;
    const { failure, failedAt } = failureBy({ how, at }, this.#endings.client);
    open.exchange.fail(failure, failedAt);
  }

  #finish({ exchange, client, service }: Open, at: TapeTime): void {
    for (const cause of client.missed) exchange.note('request', cause, at);
    for (const cause of service.missed) exchange.note('response', cause, at);
    exchange.requestOver = true;
    exchange.responseOver = true;
    this.#over.push(exchange);
    this.#open = undefined;
  }
}
