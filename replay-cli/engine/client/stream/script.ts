import type { TapeTime } from '../../../../tape/exchange.ts';

/** What a client does within a stream, at one moment. */
export type StreamAct =
  /** Sends bytes of the body: of a DATA frame, or one message. `end`: the request ends with them. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly end: boolean }
  /** Ends the request, with its trailers where it has some. */
  | { readonly kind: 'end' }
  /** Gives the stream up (RST_STREAM), with an error code of RFC 9113 section 7. */
  | { readonly kind: 'reset'; readonly code: number }
  /** Goes away with its connection. */
  | { readonly kind: 'gone' };

/** The last thing that the recorded client had received before it did something. */
export interface Need {
  /** 100 (Continue), the head of the response, or as many messages of it. */
  readonly what: 'continue' | 'head' | 'messages';
  /** Of messages: how many, from 1. */
  readonly count: number;
  /** When the recorded client had it. */
  readonly at: TapeTime;
}

/** A step of which it is not known yet what the recorded client had received before it. */
export interface UnmetStep {
  /** Recorded. */
  readonly at: TapeTime;
  readonly act: StreamAct;
  /** Messages whose last byte goes out with it. */
  readonly messages: number;
}

export interface StreamStep extends UnmetStep {
  readonly need?: Need;
}

/** All that a client does within a stream behind its head, in order. */
export interface StreamScript {
  /** Recorded start of the request. */
  readonly start: TapeTime;
  readonly steps: readonly StreamStep[];
}

/** What a recorded client received, in order, as far as it may have acted on it. */
export type Receipts = readonly Need[];

/** Gives each step the last receipt before it. Steps and receipts are in the order of their times. */
export function withNeeds(steps: readonly UnmetStep[], receipts: Receipts): readonly StreamStep[] {
  let next = 0;
  let last: Need | undefined;
  return steps.map((step) => {
    for (
      let receipt = receipts[next];
      receipt !== undefined && receipt.at < step.at;
      receipt = receipts[++next]
    ) {
      last = receipt;
    }
    return last === undefined ? step : { ...step, need: last };
  });
}
