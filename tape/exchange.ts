import type { Gap, GapCause } from './gap.ts';

/** Nanoseconds since the start of the tape (an integer; exact up to 104 days). */
export type TapeTime = number;

/**
 * One header field as it stood on the wire: name and value with their case, order and duplicates kept, the value with
 * the blanks behind it, if any. The third element is what stood between them, only where it is not `": "`. Text is
 * latin1: one character a byte.
 */
export type HeaderField = readonly [name: string, value: string, separator?: string];

export interface RequestHead {
  readonly method: string;
  /** The request target exactly as sent (RFC 9112 section 3.2). */
  readonly target: string;
  /** `HTTP/1.1`, `HTTP/1.0`. */
  readonly version: string;
  readonly fields: readonly HeaderField[];
}

export interface ResponseHead {
  readonly version: string;
  readonly status: number;
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
  | { readonly kind: 'chunked'; readonly chunks: readonly (readonly [size: number, extension?: string])[] };

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
  /** Bytes that the service saw and the tape has not. They lie behind the first `size` ones. */
  readonly lost?: { readonly bytes: number; readonly cause: GapCause };
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

/** Why an exchange has no whole response. */
export type ExchangeFailure =
  | 'service_reset'
  | 'service_closed'
  | 'service_refused'
  | 'client_gone'
  /** The window ended before the response did. */
  | 'in_flight'
  /** The bytes were lost to a gap. */
  | 'gap';

export type TriggerKind = 'on_status' | 'on_exception' | 'on_timeout' | 'manual';

/** A trigger that fired on an exchange. */
export interface TriggerMark {
  readonly trigger: TriggerKind;
  readonly at: TapeTime;
  /** Method, route template, status or exception type: see `fingerprint.ts`. */
  readonly fingerprint: string;
  /** For `on_exception`: `reset`, `closed`, `refused`. For `on_timeout`: the limit, as `5s`. */
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

/** One request with its response, or its failure to get one. */
export interface Exchange {
  /** Shown as `Payload ID: N`: inbound exchanges of the primary service, numbered from 1 by request start. */
  readonly id: number;
  readonly service: string;
  /** Which interceptor saw it: its place in the manifest's `instances`, from 0. */
  readonly instance: number;
  /** Exchanges of one connection share it and are ordered by `message`, from 0. */
  readonly connection: number;
  readonly message: number;
  /** The (scrubbed) value of the tunnel's session key. */
  readonly session?: string;
  readonly direction: 'inbound' | 'outbound';
  readonly protocol: 'http/1';
  readonly peers: { readonly client: string; readonly service: string };
  readonly request: RequestMessage;
  /** Interim responses (1xx) in order, each with its time. */
  readonly interim?: readonly { readonly at: TapeTime; readonly head: ResponseHead }[];
  readonly response?: ResponseMessage;
  readonly failure?: ExchangeFailure;
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
