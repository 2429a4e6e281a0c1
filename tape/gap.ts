/** Why something that passed is not on the tape. Adding one touches this list and the docs that are made from it. */
export const gapCauses = {
  evicted: 'the ledger had already trimmed it, or lost it by a restart, when the commit claimed the window',
  interceptor_died:
    'the interceptor ended or fell silent without a last batch; what it had not handed over is lost',
  window_edge: 'the window began in the middle of it',
  ledger_overload: 'the ledger did not take it in time',
  ledger_unreachable: 'the ledger was out of reach',
  body_limit: 'a body passed the limit of bytes a body',
  payloads_off: 'the tunnel keeps no payloads',
  opaque: 'the connection does not speak a protocol that is decoded',
  malformed: 'the bytes are not valid in their protocol',
  unsealable: 'what was sealed could not be opened',
  in_flight_limit: 'its response had not ended when the wait for exchanges in flight was over',
  unreadable: 'the sanitizers could not read it, so it was dropped',
  ignored: 'the tunnel leaves such traffic out',
  session_scope: 'it belongs to another session than the one that was committed',
  stream_edge: 'the stream began before what was recorded; it is kept from its first whole message on',
  inflate_state: 'it is compressed with what came before the recording',
  pushed: 'the service sent it unasked (HTTP/2 server push), which is not kept',
  tls: 'the connection is encrypted, and passes unopened',
} as const;

export type GapCause = keyof typeof gapCauses;

/** Something the tape knows that it lost. */
export interface Gap {
  readonly cause: GapCause;
  /** How many of the things that `unit` names. */
  readonly count: number;
  readonly unit: 'bytes' | 'messages' | 'exchanges' | 'batches' | 'connections' | 'requests' | 'interceptors';
  /** Nanoseconds from tape start, where known. */
  readonly from?: number;
  readonly to?: number;
  /** What was hit: a connection, a part of a message. Never payload. */
  readonly what?: string;
}
