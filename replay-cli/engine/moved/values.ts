import type { MessageLeaf } from '../../../wire/protobuf/leaves.ts';

/** A value that a response brought, and where. */
export interface Issued {
  /** Names the place, the same in the recorded and the replayed response: `body.cart.id`, `cookie sid`. */
  readonly where: string;
  readonly kind: 'field' | 'cookie' | 'header' | 'location';
  readonly value: string;
  /** Its own name, and what it belongs to: it may come back under both (see `namesOf`). */
  readonly name: string;
  readonly owners: readonly string[];
}

/** Which text of a request a span lies in. */
export type RequestText =
  | { readonly kind: 'target' }
  | { readonly kind: 'header'; readonly index: number }
  | { readonly kind: 'body' }
  /** A message of a call, from 1; `leaf` where it is one of Protocol Buffers, whose values have no span. */
  | {
      readonly kind: 'message';
      readonly number: number;
      readonly leaf?: Pick<MessageLeaf, 'steps' | 'type'>;
    };

/** How a value is written where it stands. */
export type Notation = 'raw' | 'segment' | 'form' | 'json_string' | 'json_number';

/** A value in a request that may have come from a response. */
export interface Carried {
  /** `path segment 2`, `query token`, `cookie sid`, `header X-Csrf`, `body.order_id`, `form csrf`. */
  readonly where: string;
  readonly kind: 'segment' | 'field' | 'cookie' | 'header';
  readonly value: string;
  readonly names: ReadonlySet<string>;
  /** For a path segment: the one before it. */
  readonly before: string;
  readonly text: RequestText;
  readonly start: number;
  readonly end: number;
  readonly notation: Notation;
}
