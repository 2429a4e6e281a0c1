import type { GapCause } from '../tape/gap.ts';

/** Who sent the bytes. */
export type Sender = 'client' | 'service';

/** Nanoseconds on the interceptor's monotonic clock since its process began (an integer). */
export type ProcessTime = number;

/**
 * The observer's mark: message number `message` of this connection and sender (from 0) begins `at` bytes into the
 * segment. Only the first that begins in a segment is marked; decoding may begin there, at a client's very first byte,
 * and nowhere else. A response carries the number of its request; interim responses carry the number of the response
 * they precede.
 */
export interface Mark {
  readonly message: number;
  readonly at: number;
}

interface Located {
  /** Numbered from 1 in an interceptor process. */
  readonly connection: number;
  readonly time: ProcessTime;
}

/** A client connected. */
export interface OpenRecord extends Located {
  readonly kind: 'open';
  /** `ip:port` */
  readonly client: string;
  readonly service: string;
}

/** A segment: the bytes that one socket delivered at one moment. */
export interface DataRecord extends Located {
  readonly kind: 'data';
  readonly sender: Sender;
  /** Position of the first byte in everything that this sender sent on this connection. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly mark?: Mark;
}

/** Protocols whose data records carry no mark. */
export type StateProtocol = 'http/2' | 'websocket';

/**
 * Where both senders stand in a protocol whose bytes cannot be read from any message on: all that its decoder needs to
 * begin at the connection's next data records, the offsets of both senders in it. `bytes` is written and read by the
 * protocol's core in `wire/` and means nothing to anyone else. An interceptor writes one before a connection's first
 * data record of a batch, so that a batch opens by itself; where batches follow each other without a hole a decoder
 * passes it over.
 */
export interface StateRecord extends Located {
  readonly kind: 'state';
  readonly protocol: StateProtocol;
  readonly bytes: Uint8Array;
}

/** A piece of something that is recorded whole: which one it is of, and how many there are. */
export interface PieceOf {
  /** Of the interceptor process; a larger number is a newer one. */
  readonly set: number;
  readonly index: number;
  readonly count: number;
}

/**
 * A piece of the protobuf schemas of a service: together the pieces of one set are a `google.protobuf.FileDescriptorSet`,
 * deflated (RFC 1950). They are recorded again and again, so that every window has them. `connection` is 0.
 */
export interface SchemaRecord extends Located {
  readonly kind: 'schema';
  readonly service: string;
  readonly piece: PieceOf;
  readonly bytes: Uint8Array;
}

/**
 * Bytes that passed and were left out on purpose. Decoding goes on behind them: they are body bytes of `message` as
 * they stood on the wire, up to the end that its `MessageEndRecord` tells, and hold no framing but a chunked body's own
 * (and its trailers). With cause `ignored` the whole of `message` is left out, its head too, of which a first part may
 * have been recorded before it was known to be ignored; behind them stands the next message's first byte.
 *
 * In HTTP/2 `message` is the stream; what is skipped lies within the payload of one of its DATA frames, whose head is
 * data. With cause `ignored` the length is 0: the frames of other streams go on around it, and the decoder drops the
 * stream's exchange.
 */
export interface SkipRecord extends Located {
  readonly kind: 'skip';
  readonly sender: Sender;
  readonly offset: number;
  readonly length: number;
  readonly message: number;
  readonly cause: GapCause;
}

/**
 * Message `message` ended `offset` bytes into what its sender sent. Written only for messages of which something was
 * skipped, since their end cannot be found by decoding.
 */
export interface MessageEndRecord extends Located {
  readonly kind: 'message_end';
  readonly sender: Sender;
  readonly message: number;
  readonly offset: number;
}

export const endings = ['fin', 'reset', 'refused', 'unreachable', 'local'] as const;
/** `local`: the interceptor ended it itself (drain, connection limit). */
export type Ending = (typeof endings)[number];

/** A sender is done: half-close, reset, or (as `service`) a connection that it never accepted. */
export interface EndRecord extends Located {
  readonly kind: 'end';
  readonly sender: Sender;
  readonly how: Ending;
}

/** From here on the connection is relayed and not decoded (CONNECT, TLS, no protocol that is known, malformed). */
export interface OpaqueRecord extends Located {
  readonly kind: 'opaque';
  readonly cause: GapCause;
}

/** A trigger fired on message `message` of the connection; in HTTP/2 the stream. */
export interface TriggerRecord extends Located {
  readonly kind: 'trigger';
  readonly message: number;
  readonly trigger: string;
  readonly fingerprint: string;
  readonly detail: string;
}

/** Exchanges of the connection from `message` on are of `service`, until another of these says otherwise. */
export interface RoutedRecord extends Located {
  readonly kind: 'routed';
  readonly message: number;
  readonly service: string;
}

/** The interceptor lost something: batches that the ledger did not take. */
export interface LossRecord extends Located {
  readonly kind: 'loss';
  readonly cause: GapCause;
  readonly bytes: number;
}

/** The interceptor was told to end and handed over all that it had: no batch of its instance follows. */
export interface ClosedRecord extends Located {
  readonly kind: 'closed';
}

export type LedgerRecord =
  | OpenRecord
  | DataRecord
  | StateRecord
  | SchemaRecord
  | SkipRecord
  | MessageEndRecord
  | EndRecord
  | OpaqueRecord
  | TriggerRecord
  | RoutedRecord
  | LossRecord
  | ClosedRecord;

/** What a batch says of itself before its records. */
export interface BatchHeader {
  /** Random per interceptor process: a restart under the same pod name begins new connections and sequences. */
  readonly instance: string;
  /** The service that this interceptor stands before (workload and port). */
  readonly service: string;
  /** One moment on both clocks, so that process times become wall times. */
  readonly clock: { readonly process: ProcessTime; readonly wallMs: number };
}

export interface Batch {
  readonly header: BatchHeader;
  readonly records: readonly LedgerRecord[];
}
