import { DvrError } from '../../errors/index.ts';
import type { TargetAddress } from '../../program/address.ts';
import type { Body, Exchange, ExchangeWithBodies } from '../../tape/exchange.ts';
import { callOfExchange } from '../../wire/grpc/call.ts';
import type { MessageViews } from '../messages/message-views.ts';
import { recordedCallEnd, withCallEnd } from './call-end.ts';
import { Clients } from './client/clients.ts';
import type { ConnectionCounts, Delivered } from './client/exchange-client.ts';
import type { PreciseTimer } from './client/precise-timer.ts';
import type { TargetTls } from './client/target-socket.ts';
import { differencesOf } from './diff/differences.ts';
import type { LastOnConnection } from './last-on-connection.ts';
import { MessageEvents } from './message-events.ts';
import { Brought } from './moved/brought.ts';
import { IssuedIndex, type Moving } from './moved/issued-index.ts';
import type {
  Outcome,
  PayloadId,
  PayloadResult,
  RecordedEnd,
  ReplayEvent,
  ReplayTime,
  Sending,
  Timing,
} from './port.ts';
import { type Built, type ByHand, buildRequest } from './request/build.ts';
import type { Pacing } from './request/deadline.ts';
import { ResultStore } from './result-store.ts';
import { recordedCloseCode } from './socket-end.ts';
import { leftHead, outcomeClass, recordedClass } from './verdict/status-class.ts';

/** What all passes of a replay share. */
export interface PassOptions {
  readonly targets: ReadonlyMap<string, TargetAddress>;
  /** For targets of https. */
  readonly tls: TargetTls;
  readonly timer: PreciseTimer;
  readonly byHand: ByHand;
  /** Whether values that moved are replaced. */
  readonly moved: boolean;
  /** Milliseconds beyond the recorded duration that a response may take; infinite where a person steps. */
  readonly patienceMs: number;
  readonly connectionsEnd: LastOnConnection;
  readonly emit: (event: ReplayEvent) => void;
  readonly views: MessageViews;
}

/** A payload that is ready to be planned or sent. */
export interface Loaded {
  readonly recorded: ExchangeWithBodies;
  readonly moving: readonly Moving[];
}

/** When a payload was due, if it was timed, and what its pieces keep to. */
export interface FireTiming {
  readonly due?: ReplayTime;
  readonly timing: Timing;
  readonly speed: number;
  readonly pipelined: boolean;
  /** Whether the messages of its stream wait to be let go. */
  readonly held?: boolean;
}

/** What a run wants to know of a payload beside its result. */
export interface Hooks {
  readonly onSent: (at: ReplayTime) => void;
  readonly onWritten: (at: ReplayTime) => void;
  readonly onEnd: (at: ReplayTime) => void;
}

const nsPerMs = 1e6;
/** The answer that a deadline has passed may come from the service; only then does the client end the call itself. */
const deadlineGraceMs = 1_000;
const noHooks: Hooks = { onSent: () => {}, onWritten: () => {}, onEnd: () => {} };

/** One pass over the tape: from a start of the service to its next, with the connections and the state in between. */
export class Pass implements Disposable {
  readonly #options: PassOptions;
  readonly #clients: Clients;
  readonly #index: IssuedIndex;
  readonly #brought: Brought;
  readonly #inFlight = new Set<Sending>();
  readonly results = new ResultStore();
  readonly sent = new Set<PayloadId>();
  /** Whether the target took a connection in this pass. */
  #reached = false;

  constructor(options: PassOptions) {
    this.#options = options;
    const { schemas } = options.views;
    this.#index = new IssuedIndex(undefined, schemas);
    this.#brought = new Brought(undefined, schemas);
    this.#clients = new Clients(
      options.timer,
      options.tls,
      options.byHand.headers.map(({ name }) => name),
    );
  }

  get inFlight(): readonly Sending[] {
    return [...this.#inFlight];
  }

  get open(): number {
    return this.#inFlight.size;
  }

  get connectionCounts(): ConnectionCounts {
    return this.#clients.counts;
  }

  /** Takes a payload into the pass: in the order of the tape, as far as it goes. */
  async take(recorded: ExchangeWithBodies): Promise<Loaded> {
    await this.#clients.meet(recorded);
    return { recorded, moving: this.#options.moved ? this.#index.take(recorded) : [] };
  }

  build(loaded: Loaded, pacing: Pacing): Built {
    const { recorded, moving } = loaded;
    const { client } = this.#clients.of(recorded.exchange);
    const { schemas } = this.#options.views;
    return buildRequest(recorded, moving, this.#brought, this.#options.byHand, schemas, pacing, client);
  }

  /** Opens the connection of a payload ahead of its time. */
  prepare({ recorded: { exchange } }: Loaded): void {
    this.#clients.of(exchange).client.prepare(exchange, this.#target(exchange.service));
  }

  /**
   * Sends a payload now. `due`: when it should have been, where it was timed.
   * @throws `target-out-of-reach` where the target was never reached in this pass.
   */
  async fire(loaded: Loaded, built: Built, timing: FireTiming, hooks: Hooks = noHooks): Promise<Sending> {
    const { exchange } = loaded.recorded;
    const target = this.#target(exchange.service);
    const { over } = this.#clients.of(exchange);
    const messages = new MessageEvents(exchange, this.#options.emit);
    const { sentAt, done, refused, stream } = await built.ready.send({
      target,
      ...(timing.due === undefined ? {} : { due: timing.due }),
      timing: timing.timing,
      speed: timing.speed,
      pipelined: timing.pipelined,
      isLast: this.#options.connectionsEnd.isLast(exchange),
      deadlineMs: Math.min(
        this.#options.patienceMs + recordedLength(exchange) / Math.min(1, timing.speed),
        (built.deadlineMs ?? Number.POSITIVE_INFINITY) + deadlineGraceMs,
      ),
      onSent: hooks.onSent,
      onWritten: hooks.onWritten,
      held: timing.held ?? false,
      onMessage: (message) => messages.tell(message),
    });
    // A refusal is an error until the target was reached once; from then on it is how the payload ends.
    if (refused !== undefined && !this.#reached) throw targetOutOfReach(target, refused);
    this.#reached = true;
    const sendError = timing.due === undefined ? 0 : sentAt - timing.due;
    const result = done.then((delivered) => {
      // What it brought must be known before the end releases what waits for it.
      this.#learn(loaded, delivered);
      hooks.onEnd(delivered.endAt);
      this.#inFlight.delete(sending);
      if (stream === undefined) tellResponse(messages, delivered);
      return this.#conclude(loaded, built, delivered, { id: exchange.id, over, sentAt, sendError });
    });
    const sending: Sending = {
      kind: 'sent',
      ...{ id: exchange.id, service: exchange.service },
      ...{ method: exchange.request.head.method, target: built.target },
      ...{ sentAt, sendError, recordedDuration: recordedDuration(loaded.recorded), replaced: built.replaced },
      over,
      ...{ peer: `${target.host}:${target.port}`, result, ...(stream === undefined ? {} : { stream }) },
    };
    this.sent.add(exchange.id);
    this.#inFlight.add(sending);
    this.#options.emit(sending);
    messages.begin();
    const { message, body } = built.request;
    if (stream === undefined) messages.tellWhole('client', { fields: message.head.fields, body }, sentAt);
    return sending;
  }

  [Symbol.dispose](): void {
    this.#clients[Symbol.dispose]();
  }

  #learn({ recorded: { exchange, responseBody } }: Loaded, { outcome }: Delivered): void {
    if (!this.#options.moved || outcome.kind === 'failure' || exchange.response === undefined) return;
    const before = { head: exchange.response.head, body: responseBody };
    this.#brought.learn(exchange.id, exchange.request.head, before, outcome);
  }

  #conclude(
    { recorded }: Loaded,
    built: Built,
    { outcome: ended, headAt, endAt, unmet = 0, messageLateMs = 0 }: Delivered,
    sent: Pick<PayloadResult, 'id' | 'over' | 'sentAt' | 'sendError'>,
  ): PayloadResult {
    const call = callOfExchange(recorded.exchange);
    const outcome = withCallEnd(call, ended);
    const end = recordedEnd(recorded);
    const was = recordedClass(end);
    const result: PayloadResult = {
      ...sent,
      ...(call === undefined ? {} : { call }),
      recorded: end,
      outcome,
      ...(headAt === undefined ? {} : { headAt }),
      endAt,
      replaced: built.replaced,
      unmet,
      messageLateMs,
      missing: built.missing,
      differences: differencesOf(
        recorded,
        outcome,
        (old, now) => this.#index.moves(old) && this.#brought.hasMoved(old, now),
        call && { call, end: end.call ?? 'unknown', views: this.#options.views },
      ),
      leftClass:
        was !== undefined &&
        !hidesEnd(outcome, call !== undefined) &&
        was !== outcomeClass(outcome, call !== undefined),
    };
    this.results.add(result);
    this.#options.emit({ kind: 'received', result });
    return result;
  }

  #target(service: string): TargetAddress {
    const target = this.#options.targets.get(service);
    if (target === undefined) throw new DvrError('usage', `${service} has no target`, { where: '--target' });
    return target;
  }
}

/** Whether we ended it as the recorded client did, before the service had told how it ends. */
function hidesEnd(outcome: Outcome, isCall: boolean): boolean {
  const isOurs = outcome.kind === 'failure' && outcome.failure === 'cancelled';
  return isOurs && (isCall || leftHead(outcome) === undefined);
}

/** How the tape has a payload's end. */
function recordedEnd({ exchange, responseBody }: ExchangeWithBodies): RecordedEnd {
  const { response, failure } = exchange;
  const call = callOfExchange(exchange);
  const callEnd = call && recordedCallEnd(call, exchange, responseBody);
  const close = recordedCloseCode(exchange, responseBody);
  return {
    ...(callEnd === undefined ? {} : { call: callEnd }),
    ...(response === undefined ? {} : { status: response.head.status }),
    ...(close === undefined ? {} : { closeCode: close }),
    ...(failure === undefined ? {} : { failure }),
  };
}

function tellResponse(messages: MessageEvents, { outcome, endAt }: Delivered): void {
  if (outcome.kind === 'response')
    messages.tellWhole('service', { fields: outcome.head.fields, body: outcome.body }, endAt);
}

/** How long the tape knows the exchange to have lasted, milliseconds, whole or not. */
function recordedLength({ times, request, response, failedAt }: Exchange): number {
  const lastOf = (arrivals: Body['arrivals'] | undefined) => arrivals?.at(-1)?.[0];
  const ends = [
    ...[times.responseEnd, times.requestEnd, failedAt],
    ...[lastOf(request.body.arrivals), lastOf(response?.body.arrivals)],
  ];
  return (Math.max(times.requestStart, ...ends.flatMap((at) => at ?? [])) - times.requestStart) / nsPerMs;
}

/** The recorded span from the first byte of the request to the end of the exchange, milliseconds. */
function recordedDuration({ exchange: { times, failedAt } }: ExchangeWithBodies): number | undefined {
  const end = times.responseEnd ?? failedAt;
  return end === undefined ? undefined : (end - times.requestStart) / nsPerMs;
}

export function targetOutOfReach(target: TargetAddress, cause?: unknown): DvrError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new DvrError('target-out-of-reach', `nothing answers at ${target.url}${code}`, {
    where: '--target',
    hint: 'Start the service, or let dvr-cli start it with --exec "COMMAND".',
    ...(cause === undefined ? {} : { cause }),
  });
}
