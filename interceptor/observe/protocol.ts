import type { Ending, Sender, StateProtocol } from '../../ledger/segment.ts';
import type { OpaqueReason } from './counters.ts';
import type { Firings } from './firings.ts';
import type { Flight } from './flight.ts';
import type { HeadFacts } from './head-facts.ts';
import type { Observation } from './observation.ts';
import type { Recording } from './recording.ts';

/** What an observer works on: one connection, whatever it speaks. */
export interface ObserverHost {
  /** The interceptor's number of the connection. */
  readonly connection: number;
  readonly observation: Observation;
  readonly protocols: Protocols;
  readonly client: Recording;
  readonly service: Recording;
  readonly firings: Firings;
  readonly isOpaque: boolean;
  /** Exchanges from `message` on are of `service`. */
  routed(message: number, service: string): void;
  /** From here on `next` looks at the connection, and nobody else. */
  become(next: ProtocolObserver): void;
  /**
   * Neither sender's bytes are looked at any more, and the observer is abandoned. What of the segment at hand is not to
   * be recorded the observer says itself (`Recording.stop`).
   */
  turnOpaque(cause: OpaqueReason): void;
}

/**
 * Looks at one connection in one protocol: says to both recordings what is to be kept and where messages begin, asks the
 * triggers (`Firings`) about what it finds, and counts exchanges that end (`Observation.landed`). What it throws makes
 * the connection opaque; the bytes have gone on by then.
 */
export interface ProtocolObserver {
  /** A segment of `sender`: `bytes` from `start` to `end`, positions as its `Recording` takes them. */
  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void;
  /** The sender is done; positions are counted from 0. Endings of the service fire what waits behind this. */
  end(sender: Sender, how: Ending): void;
  /** No more will be pushed, and nothing more is told. `waiting` may still be asked for. */
  abandon(): void;
  /** Exchanges that began and are not over, oldest first: for lateness, endings, and to be counted at the close. */
  readonly waiting: Iterable<Flight>;
  /** No exchange is under way, nor anything that could begin one. */
  readonly idle: boolean;
  /** Of a protocol whose data records carry no marks. */
  readonly stateful?: StatefulObserver;
}

/** Tells where both senders stand, to be recorded now and then before a segment (`StateRecord`). */
export interface StatefulObserver {
  readonly protocol: StateProtocol;
  /** Everything that the protocol's decoder needs to begin at the connection's next byte; see `longestState`. */
  state(): Uint8Array;
}

/** An exchange of HTTP/1 whose response (101) hands the connection to another protocol. */
export interface Upgrade {
  /** It goes on in that protocol: its observer has it in `waiting` until it lands it. */
  readonly flight: Flight;
  /** Valid during the call alone; undefined where the head was too long to be kept. */
  readonly request: HeadFacts | undefined;
  /** Valid during the call alone. */
  readonly response: HeadFacts;
}

/** The observers that there are beside that of HTTP/1. */
export interface Protocols {
  /** For a connection that begins with the preface, which is pushed first. */
  readonly http2?: (host: ObserverHost) => ProtocolObserver;
  /**
   * By the token of the response's Upgrade field, lower-case. Both senders' bytes behind the upgrade are pushed, or
   * nothing is where it answers `undefined` and the connection turns opaque.
   */
  readonly upgrades: ReadonlyMap<
    string,
    (host: ObserverHost, upgrade: Upgrade) => ProtocolObserver | undefined
  >;
}
