import type {
  ExchangeFailure,
  ExchangeWithBodies,
  HeaderField,
  ResponseHead,
  TapeTime,
  TriggerMark,
  WebSocketFrame,
} from '../../tape/exchange.ts';
import type { Manifest } from '../../tape/manifest.ts';
import type { Call } from '../../wire/grpc/call.ts';
import type { CallOutcome } from '../../wire/grpc/outcome.ts';
import type { MessageViews } from '../messages/message-views.ts';

/** Milliseconds on this process' monotonic clock (`performance.now()`), with fractions. */
export type ReplayTime = number;

/** The id of an inbound exchange, as the tape numbers it: shown as `Payload ID: N`. */
export type PayloadId = number;

export const timings = ['causal', 'absolute', 'fast'] as const;
export type Timing = (typeof timings)[number];

/**
 * One replay of one tape against its targets. It knows no cursor: whoever drives it says which payload is next.
 * Disposing it closes the connections, stops the service that it started and closes the tape.
 */
export interface Replay extends AsyncDisposable {
  readonly manifest: Manifest;
  /** How messages of calls are shown. */
  readonly views: MessageViews;
  /** What is replayed, and what was left out. */
  readonly scope: Scope;
  /** The service that `--exec` started; absent without `--exec`. */
  readonly service: Service | undefined;

  /** A payload as the tape has it. Throws `usage` for an id that is not in scope. */
  payload(id: PayloadId): Promise<ExchangeWithBodies>;
  /** The payloads whose recorded spans overlap with that of `id`, itself among them, in the order of their starts. */
  group(id: PayloadId): Promise<readonly PayloadId[]>;

  /**
   * Sends one payload now. Resolves when its last byte is with the kernel; the answer comes by `Sending.result` and as
   * an event. Sending again what was sent before is allowed. Throws `target-out-of-reach`.
   */
  send(id: PayloadId, options?: SendingOptions): Promise<Sending | Skipped>;
  /**
   * Sends payloads on their own, with timing, from `from` on, those that were sent in this pass already left out. One
   * run at a time. Throws `target-out-of-reach` where the target was never reached.
   */
  run(options: RunOptions): Promise<RunEnd>;

  /** What was sent and has no result yet, in the order of sending. */
  readonly inFlight: readonly Sending[];
  /** Waits until nothing is in flight; false when `deadlineMs` passed or `signal` was aborted before. */
  settle(deadlineMs: number, signal?: AbortSignal): Promise<boolean>;
  /** The last result of a payload in this pass, its body dropped where memory was short. */
  result(id: PayloadId): PayloadResult | undefined;

  /**
   * Begins a new pass: drops what is in flight, closes all connections and forgets results and moved state. With
   * `--exec` the service is stopped, `--reset` run, and the service started again and awaited; without it only
   * `--reset` is run. Throws `service-not-ready` or `target-out-of-reach`.
   */
  restart(signal?: AbortSignal): Promise<void>;

  /** Calls `listener` for each event from now on; returns the function that ends this. */
  listen(listener: (event: ReplayEvent) => void): () => void;
}

/** The payloads of a replay, in the order of their recorded starts. */
export interface Scope {
  readonly count: number;
  readonly first: PayloadId | undefined;
  has(id: PayloadId): boolean;
  /** How many payloads of the scope come before `id`; -1 where it is not in scope. */
  position(id: PayloadId): number;
  /** The next payload in scope after `id`. */
  after(id: PayloadId): PayloadId | undefined;
  /** The payload in scope before `id`. */
  before(id: PayloadId): PayloadId | undefined;
  /** What the tape has and this replay leaves out, in words, with counts. */
  readonly leftOut: readonly string[];
}

export interface Service {
  /** Process id (and process group id); undefined while it is not running. */
  readonly pid: number | undefined;
}

export interface RunOptions {
  readonly from: PayloadId;
  /** The last payload to send; without it, to the end of the tape. */
  readonly to?: PayloadId;
  readonly timing: Timing;
  /** Recorded time is divided by it; 1 is the recorded pace. */
  readonly speed: number;
  /** Aborting it stops sending; what is in flight goes on. */
  readonly signal?: AbortSignal;
  /** Asked before a payload is sent; true stops the run and leaves it unsent. */
  readonly stopBefore?: (payload: ExchangeWithBodies) => boolean;
  /** Asked for each result; true stops the run. */
  readonly stopAfter?: (result: PayloadResult) => boolean;
  /** Whether the run ends only when what it sent has its result. An aborted run never waits. */
  readonly awaitResults: boolean;
}

export interface RunEnd {
  /** `target_gone`: the target refused a connection that the recorded service took. */
  readonly why: 'end' | 'stopped_before' | 'stopped_after' | 'aborted' | 'target_gone';
  /** The payload that stopped it, where one did. */
  readonly at?: PayloadId;
  /** The first payload of the scope that was not sent in this pass, from `from` on. */
  readonly next: PayloadId | undefined;
  /** Payloads behind `next` that were sent already, since sessions do not wait for each other. */
  readonly ahead: readonly PayloadId[];
  readonly sent: number;
  /** How well what was in flight at once on the tape was so here. */
  readonly overlap: OverlapReport;
}

/** Two payloads that were in flight at once on the tape. */
export interface Pair {
  readonly first: PayloadId;
  readonly second: PayloadId;
}

/** A payload that was sent too late, or a message of it, by how many milliseconds. */
export interface Late {
  readonly id: PayloadId;
  readonly byMs: number;
}

/** What is sent later than this after it was due, milliseconds, does not keep recorded timing. */
export const lateMs = 10;

/** How well a replay kept what was in flight at once. Lists hold the first `listed` of each. */
export interface OverlapReport {
  readonly recorded: number;
  readonly kept: number;
  readonly lostCount: number;
  /** One had its answer before the other was sent. */
  readonly lost: readonly Pair[];
  /** Of all that were lost, the one that began first on the tape. */
  readonly earliestLost?: Pair & { readonly began: TapeTime };
  /** Of those that overlapped and were sent over `lateMs` after they were due, the one that began first on the tape. */
  readonly earliestLate?: Late & { readonly began: TapeTime };
  readonly movedCount: number;
  /** Both were in flight at once, their starts further apart or closer than recorded by more than 1 ms. */
  readonly moved: readonly (Pair & { readonly byMs: number })[];
  /** The most by which one of them moved, milliseconds; 0 where none did. */
  readonly movedMostMs: number;
}

export interface SendingOptions {
  /** Whether the messages of a stream wait to be let go: see `Sending.stream`. */
  readonly held?: boolean;
}

/** What sends a payload. */
export interface Over {
  /** `http2` and `http1` send recorded bytes; `grpc` is grpc-js, which sends recorded messages and metadata. */
  readonly client: 'http1' | 'http2' | 'grpc' | 'websocket';
  /** Why a call of gRPC goes over `http2`. */
  readonly why?: string;
}

/** A payload on its way. */
export interface Sending {
  readonly kind: 'sent';
  readonly id: PayloadId;
  readonly service: string;
  readonly method: string;
  /** As it was sent, moved state replaced. */
  readonly target: string;
  readonly sentAt: ReplayTime;
  /** Milliseconds from when it was due to when it was sent; 0 where it was not timed. */
  readonly sendError: number;
  /** The recorded span from first request byte to last response byte, or to the failure, milliseconds, where the tape has both. */
  readonly recordedDuration: number | undefined;
  readonly replaced: readonly Replacement[];
  readonly over: Over;
  /** Where it is a stream whose messages can be let go one by one. */
  readonly stream?: StreamControl;
  /** Where it went, `host:port`. */
  readonly peer: string;
  /** Never rejects: a failure is a result. */
  readonly result: Promise<PayloadResult>;
}

/** A value of the recording that was replaced before sending. */
export interface Replacement {
  /** Where it stood in the request: `path segment 2`, `cookie sid`, `header X-Csrf`, `body.cart.id`, `query token`. */
  readonly where: string;
  readonly old: string;
  readonly value: string;
  /** What said so: a response of this replay, `--map` or `--header`, or the pace. */
  readonly by:
    | { readonly kind: 'moved'; readonly payload: PayloadId; readonly where: string }
    | { readonly kind: 'map' | 'header' }
    /** A deadline, which goes with the pace of the replay. */
    | { readonly kind: 'pace' };
}

/** A message of a stream, as it goes by. */
export interface PassingMessage {
  readonly from: 'client' | 'service';
  /** From 1, of its side. */
  readonly number: number;
  readonly at: ReplayTime;
  /** Its content, compression taken off; undefined where it cannot be opened. */
  readonly content: () => Uint8Array | undefined;
  /** What it is, where it is no plain message: `ping`, `close 1000`. */
  readonly label?: string;
}

/** A stream whose messages wait to be let go. */
export interface StreamControl {
  /** Messages of the client that were not sent yet. */
  readonly left: number;
  /** Whether nothing is left to do, not even to end the request. */
  readonly isDone: boolean;
  /** Whether no answer is due by now: a WebSocket that the service agreed to, or a stream whose next message is held. */
  readonly isOpen: boolean;
  /**
   * Sends the next message, and the request's end with it where the recorded client received nothing in between. Resolves
   * when all has come that the recorded client received before the message after it, or nothing more will.
   */
  step(): Promise<void>;
  /** Lets the rest go with its timing. */
  release(): void;
  /** Gives the stream up: its payload ends as dropped, at once. */
  cancel(): void;
}

/** How a call (gRPC and its kin) ended; `unknown` where the response does not say. */
export type CallEnd = CallOutcome | 'unknown';

/** How a payload ended. */
export type Outcome =
  | {
      readonly kind: 'response';
      readonly head: ResponseHead;
      /** Transfer coding taken off, content coding left on. */
      readonly body: Uint8Array;
      /** Bytes behind `body` that were read and not kept. */
      readonly bodyDropped: number;
      readonly trailers: readonly HeaderField[];
      /** Where it is a call. */
      readonly call?: CallEnd;
      /** When which of the body's bytes came, where the protocol can tell messages by it. */
      readonly arrivals?: readonly (readonly [at: ReplayTime, bytes: number])[];
      /** Of a WebSocket: the frames whose payloads the body is, their times on this clock. */
      readonly frames?: readonly WebSocketFrame[];
    }
  | {
      readonly kind: 'failure';
      /**
       * `timeout`: no whole response within the limit of waiting. `malformed`: the answer is not of the protocol. `rst`:
       * the service ended the stream. `cancelled`: we did, as the recorded client.
       */
      readonly failure:
        | 'reset'
        | 'closed'
        | 'refused'
        | 'timeout'
        | 'malformed'
        | 'dropped'
        | 'rst'
        | 'cancelled';
      /** Of `rst`: the error code (RFC 9113 section 7). */
      readonly rst?: number;
      /** The response head, where it had come before. */
      readonly head?: ResponseHead;
      /** Of a WebSocket: the frames that had come, and the payloads that they had. */
      readonly frames?: readonly WebSocketFrame[];
      readonly body?: Uint8Array;
    };

/** How the tape has a payload's end. */
export interface RecordedEnd {
  readonly status?: number;
  /** Where it is a call. */
  readonly call?: CallEnd;
  /** The code with which the service closed a WebSocket. */
  readonly closeCode?: number;
  readonly failure?: ExchangeFailure;
}

export interface PayloadResult {
  readonly id: PayloadId;
  /** The call that it is, where it is one. */
  readonly call?: Call;
  readonly over: Over;
  readonly recorded: RecordedEnd;
  readonly outcome: Outcome;
  readonly sentAt: ReplayTime;
  readonly sendError: number;
  /** First byte of the final response's head. */
  readonly headAt?: ReplayTime;
  readonly endAt: ReplayTime;
  readonly replaced: readonly Replacement[];
  /** Messages of its stream that went out although what the recorded client had received before had not come. */
  readonly unmet: number;
  /** The most by which a message of its stream was sent after it was due, milliseconds. */
  readonly messageLateMs: number;
  /** Values that moved on the tape and that no response of this replay brought anew: sent as recorded. */
  readonly missing: readonly string[];
  /** Recorded against replayed; noise is marked, not left out. */
  readonly differences: readonly Difference[];
  /** Whether it left the status class (or the failure) that the tape has for it. */
  readonly leftClass: boolean;
}

/** One place where a response differs from the recorded one. */
export interface Difference {
  /** `status`, `header Content-Type`, `body.items[0].id`, `body`, `failure`. */
  readonly where: string;
  /** Absent where there is none. */
  readonly recorded?: string;
  readonly replayed?: string;
  /** Why it says nothing; absent where it counts. */
  readonly noise?: 'date' | 'id' | 'moved' | 'mock' | 'transport';
}

/** A payload that cannot be sent truthfully, and why. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly id: PayloadId;
  readonly why: string;
}

export type ReplayEvent =
  | Sending
  | Skipped
  | { readonly kind: 'received'; readonly result: PayloadResult }
  /** Behind the `Sending` of its payload. */
  | {
      readonly kind: 'message';
      readonly id: PayloadId;
      /** The call that it belongs to, where it is one. */
      readonly call?: Call;
      readonly message: PassingMessage;
    }
  | { readonly kind: 'service'; readonly state: ServiceState };

export type ServiceState =
  | { readonly kind: 'stopping' | 'resetting' | 'starting' }
  | { readonly kind: 'ready'; readonly pid: number; readonly afterMs: number }
  | { readonly kind: 'exited'; readonly status: number | string };

/** The marks that a verdict is about: those that name a payload in scope, in order. */
export type VerdictMark = TriggerMark & { readonly exchange: PayloadId };
