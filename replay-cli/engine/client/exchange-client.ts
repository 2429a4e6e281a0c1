import type { TargetAddress } from '../../../program/address.ts';
import type { Exchange, ExchangeWithBodies } from '../../../tape/exchange.ts';
import type { Outcome, PassingMessage, ReplayTime, StreamControl, Timing } from '../port.ts';
import type { OutgoingRequest } from '../request/replace-body.ts';

/** How the connections of a pass differed from the recorded ones. */
export interface ConnectionCounts {
  readonly opened: number;
  /** The service had ended a connection on which the recorded client went on. */
  readonly reopened: number;
  /** The recorded connection was still busy, or could not take this payload, when it was due. */
  readonly extra: number;
}

/** How a payload ended. */
export interface Delivered {
  readonly outcome: Outcome;
  /** First byte of the final response's head. */
  readonly headAt: ReplayTime | undefined;
  readonly endAt: ReplayTime;
  /** Steps of its stream that went out although what the recorded client had received before had not come. */
  readonly unmet?: number;
  /** The most by which a step of its stream was late, milliseconds. */
  readonly messageLateMs?: number;
}

/** How one payload is to be sent, and who wants to know what comes of it. */
export interface SendOptions {
  readonly target: TargetAddress;
  /** When the kernel is to have the first bytes, where that is timed. */
  readonly due?: ReplayTime;
  /** What the pieces and messages of the payload keep to, once it has begun. */
  readonly timing: Timing;
  /** Recorded time is divided by it. */
  readonly speed: number;
  /** It goes behind others on its connection without waiting for their answers, as it did when it was recorded. */
  readonly pipelined: boolean;
  /** Nothing more comes on its recorded connection: ours ends with it. */
  readonly isLast: boolean;
  /** Milliseconds that a whole response may take; infinite where a person waits. */
  readonly deadlineMs: number;
  /** Whether nothing of a stream goes behind its head until it is let go: see `Sending.stream`. */
  readonly held: boolean;
  /** The first bytes were handed over. */
  readonly onSent: (at: ReplayTime) => void;
  /** All bytes of the request are with the kernel, or never will be. */
  readonly onWritten: (at: ReplayTime) => void;
  readonly onMessage: (message: PassingMessage) => void;
}

/** A payload on its way. */
export interface OnItsWay {
  readonly sentAt: ReplayTime;
  /** Never rejects: a failure is an outcome. */
  readonly done: Promise<Delivered>;
  /** The system's error, where the target took no connection; `done` then ends with `refused`. */
  readonly refused?: unknown;
  /** Where the protocol has streams whose messages can be let go one by one. Its messages were told by `onMessage`. */
  readonly stream?: StreamControl;
}

/** A request laid out for its protocol. */
export interface ReadyRequest {
  /**
   * How long before it is due `send` is to be called, milliseconds: what is known to pass until the kernel has the first
   * bytes.
   */
  readonly leadMs: number;
  /** Sends it now. Resolves when its first bytes were handed over, which is at once where its connection is open. */
  send(options: SendOptions): Promise<OnItsWay>;
}

/**
 * Sends the recorded exchanges of one protocol in one pass, over connections that are shared as they were recorded.
 * Disposing it ends all of them at once: what is awaited then fails with `dropped`.
 */
export interface ExchangeClient extends Disposable {
  readonly counts: ConnectionCounts;
  /** Opens the connection of an exchange ahead of its time. */
  prepare(exchange: Exchange, target: TargetAddress): void;
  /** Lays out a request, so that little is left to do when it is due. Sends nothing. */
  ready(request: OutgoingRequest, recorded: ExchangeWithBodies): ReadyRequest;
}
