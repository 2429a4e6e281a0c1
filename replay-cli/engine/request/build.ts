import type { ExchangeWithBodies } from '../../../tape/exchange.ts';
import type { Schemas } from '../../../wire/protobuf/schema.ts';
import type { ExchangeClient, ReadyRequest } from '../client/exchange-client.ts';
import type { Brought } from '../moved/brought.ts';
import { carriedBy } from '../moved/carried.ts';
import type { Moving } from '../moved/issued-index.ts';
import { asReplacement, mapsOf, movesOf } from '../moved/moved-state.ts';
import type { Replacement } from '../port.ts';
import { type Pacing, withDeadline } from './deadline.ts';
import type { OutgoingRequest } from './replace-body.ts';
import { rewrite, type SetHeader, setHeaders } from './rewrite.ts';

/** What the user sets by hand. */
export interface ByHand {
  readonly headers: readonly SetHeader[];
  readonly map: ReadonlyMap<string, string>;
}

/** A request as it will be sent. */
export interface Built {
  readonly request: OutgoingRequest;
  readonly ready: ReadyRequest;
  readonly target: string;
  readonly replaced: readonly Replacement[];
  readonly missing: readonly string[];
  /** What the call gives its service, milliseconds. */
  readonly deadlineMs?: number;
}

/** Makes a recorded request ready: moved values replaced, what was set by hand set, and laid out by `client`. */
export function buildRequest(
  recorded: ExchangeWithBodies,
  moving: readonly Moving[],
  brought: Brought,
  byHand: ByHand,
  schemas: Schemas,
  pacing: Pacing,
  client: Pick<ExchangeClient, 'ready'>,
): Built {
  const { exchange } = recorded;
  const request: OutgoingRequest = { message: exchange.request, body: recorded.requestBody };
  const maps =
    byHand.map.size === 0 ? [] : mapsOf(carriedBy(request.message, request.body, schemas), byHand.map);
  const mapped = new Set(maps.map(({ carried }) => carried.where));
  const moves = movesOf(
    moving.filter(({ carried }) => !mapped.has(carried.where)),
    brought,
  );
  const rewritten = rewrite(request, [...maps, ...moves.rewritings]);
  const set = setHeaders(rewritten, byHand.headers);
  const timed = withDeadline(set.request, pacing);
  return {
    request: timed.request,
    ready: client.ready(timed.request, recorded),
    target: set.request.message.head.target,
    replaced: [...maps.map(asReplacement), ...moves.replaced, ...set.replaced, ...timed.replaced],
    missing: moves.missing,
    ...(timed.deadlineMs === undefined ? {} : { deadlineMs: timed.deadlineMs }),
  };
}
