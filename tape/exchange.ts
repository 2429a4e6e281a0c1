import type { Gap, GapCause } from './gap.ts';

/** Nanoseconds since the start of the tape (an integer; exact up to 104 days). */
export type TapeTime = number;

/**
 * One header field as it stood on the wire: name and value with their case, order and duplicates kept, the value with
 * the blanks behind it, if any. The third element is what stood between them, only where it is not `": "`. Text is
 * latin1: one character a byte.
 */
export type HeaderField = readonly [name: string, value: string, separator?: string];

/**
 * Of HTTP/2, `fields` has the pseudo fields that stand nowhere else (`:scheme`, `:authority`, `:protocol`) and then the
 * regular ones, in the order and with the lower-case names that were sent.
 */
export interface RequestHead {
  readonly method: string;
  /**
   * The request target exactly as sent (RFC 9112 section 3.2). Of HTTP/2 the `:path`, or for a CONNECT without one the
   * `:authority` (RFC 9113 section 8.5).
   */
  readonly target: string;
  /** `HTTP/1.1`, `HTTP/1.0`, `HTTP/2`. */
  readonly version: string;
  readonly fields: readonly HeaderField[];
  /** The stream began before what is on the tape: method and target are known, the fields are not. */
  readonly partial?: true;
}

export interface ResponseHead {
  readonly version: string;
  readonly status: number;
  /** Empty for HTTP/2, which has none. */
  readonly reason: string;
  /** Only where the status line ended with the status: no space, no reason. */
  readonly bare?: true;
  readonly fields: readonly HeaderField[];
}

/** How the end of a body was told (RFC 9112 section 6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length' }
  | { readonly kind: 'close' }
  /** Chunk sizes in bytes, in order, with the extension (`;name=value`) where there was one. The last chunk is implied. */
  | { readonly kind: 'chunked'; readonly chunks: readonly (readonly [size: number, extension?: string])[] }
  /**
   * DATA frames of an HTTP/2 stream; the arrivals tell when. `endStreamInHeaders`: no DATA frame ended it, but the
   * header block or the trailers (RFC 9113 section 8.1).
   */
  | { readonly kind: 'stream'; readonly endStreamInHeaders?: true }
  /**
   * What one side sent behind an upgrade to WebSocket: the body is the payloads of these frames, control frames too,
   * unmasked and inflated, one behind the other. Their sizes add up to its size.
   */
  | { readonly kind: 'websocket'; readonly frames: readonly WebSocketFrame[] };

/** One frame of a WebSocket (RFC 6455 section 5.2). */
export interface WebSocketFrame {
  /** When its last byte had come. */
  readonly at: TapeTime;
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number;
  readonly fin: boolean;
  /** Bytes of the body. */
  readonly size: number;
  /** It is a frame of a message that permessage-deflate compressed (RFC 7692). */
  readonly compressed?: true;
  /** Payload that passed behind those `size` bytes: of the content where that is known, else as it was sent. */
  readonly lost?: { readonly bytes: number; readonly cause: GapCause };
}

/** Where a body's bytes lie: `frame` of `bodies.zst`, `offset` in that frame's decompressed content. */
export interface BodyRef {
  readonly frame: number;
  readonly offset: number;
}

/** A body after transfer coding is taken off and before content coding (gzip) is. */
export interface Body {
  /** Bytes on the tape. */
  readonly size: number;
  readonly framing: BodyFraming;
  /** When which bytes arrived, in order: `bytes` of this body at `at`. Their sum is `size`. */
  readonly arrivals: readonly (readonly [at: TapeTime, bytes: number])[];
  /** The service saw bytes before the first one that is on the tape: how many, where known. */
  readonly missed?: { readonly bytes?: number; readonly cause: GapCause };
  /** Bytes that the service saw and the tape has not. They lie behind the first `size` ones. */
  readonly lost?: { readonly bytes: number; readonly cause: GapCause };
  /**
   * Messages of a call (gRPC and its kin) that are not on the tape although others behind them are: how many bytes, where
   * in this body each one stood.
   */
  readonly dropped?: readonly { readonly at: number; readonly bytes: number; readonly cause: GapCause }[];
  /** Absent where `size` is 0. */
  readonly ref?: BodyRef;
}

/** When message `request` or `response` began and ended; the end is absent where it never came. */
export interface ExchangeTimes {
  readonly requestStart: TapeTime;
  readonly requestEnd?: TapeTime;
  readonly responseStart?: TapeTime;
  readonly responseEnd?: TapeTime;
}

export const exchangeFailures = [
  'service_reset',
  'service_closed',
  'service_refused',
  'client_gone',
  'in_flight',
  'gap',
  'service_rst',
  'client_rst',
] as const;
/**
 * Why an exchange has no whole response. `in_flight`: the window ended before the response did. `gap`: the bytes were
 * lost to a gap. `service_rst`, `client_rst`: that side ended the stream with RST_STREAM (RFC 9113 section 6.4).
 */
export type ExchangeFailure = (typeof exchangeFailures)[number];

export const triggerKinds = ['on_status', 'on_grpc_status', 'on_exception', 'on_timeout', 'manual'] as const;
export type TriggerKind = (typeof triggerKinds)[number];

/** A trigger that fired on an exchange. */
export interface TriggerMark {
  readonly trigger: TriggerKind;
  readonly at: TapeTime;
  /** Method, route template, status or exception type: see `fingerprint.ts`. */
  readonly fingerprint: string;
  /**
   * For `on_exception`: `reset`, `closed`, `refused`, `internal_error`. For `on_timeout`: the limit, as `5s`. For a gRPC status: its name
   * and number, as `INTERNAL (13)`.
   */
  readonly detail?: string;
}

export interface RequestMessage {
  readonly head: RequestHead;
  readonly body: Body;
  readonly trailers?: readonly HeaderField[];
}

export interface ResponseMessage {
  readonly head: ResponseHead;
  readonly body: Body;
  readonly trailers?: readonly HeaderField[];
}

/** What its connection spoke when it began. An exchange that upgraded to WebSocket is one of HTTP. */
export type Protocol = 'http/1' | 'http/2';

/** One request with its response, or its failure to get one. */
export interface Exchange {
  /** Shown as `Payload ID: N`: inbound exchanges of the primary service, numbered from 1 by request start. */
  readonly id: number;
  readonly service: string;
  /** Which interceptor saw it: its place in the manifest's `instances`, from 0. */
  readonly instance: number;
  /** Exchanges of one connection share it and are ordered by `message`: from 0, for HTTP/2 the stream id. */
  readonly connection: number;
  readonly message: number;
  /** The (scrubbed) value of the tunnel's session key. */
  readonly session?: string;
  readonly direction: 'inbound' | 'outbound';
  readonly protocol: Protocol;
  readonly peers: { readonly client: string; readonly service: string };
  readonly request: RequestMessage;
  /** Interim responses (1xx) in order, each with its time. */
  readonly interim?: readonly { readonly at: TapeTime; readonly head: ResponseHead }[];
  readonly response?: ResponseMessage;
  readonly failure?: ExchangeFailure;
  /** When it failed, where that is known: the moment of the RST_STREAM, or that at which the connection ended. */
  readonly failedAt?: TapeTime;
  /** The error code of the RST_STREAM that ended it (RFC 9113 section 7). */
  readonly rst?: number;
  readonly times: ExchangeTimes;
  readonly triggers?: readonly TriggerMark[];
  readonly gaps?: readonly Gap[];
}

/** An exchange with its bodies' bytes, between decode and tape, and in the replay. */
export interface ExchangeWithBodies {
  readonly exchange: Exchange;
  readonly requestBody: Uint8Array;
  readonly responseBody: Uint8Array;
}
