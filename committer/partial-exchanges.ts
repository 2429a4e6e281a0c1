import type { Body, Exchange } from '../tape/exchange.ts';
import type { Gap, GapCause } from '../tape/gap.ts';
import { GapTally } from './decode/gap-tally.ts';

/** What is left out of bodies on purpose. Bytes that did not reach us are counted where they were lost. */
const leftOut: ReadonlySet<GapCause> = new Set(['body_limit', 'payloads_off', 'inflate_state']);

/** Told of the window as a whole, or no loss: the window ends in the middle of a conversation. */
const toldElsewhere: ReadonlySet<GapCause> = new Set(['in_flight_limit', 'window_edge']);

/** Adds up what the exchanges of a tape have lost, so that the manifest tells it as well. */
export class PartialExchanges {
  readonly #tally = new GapTally();

  /** An exchange as it was decoded. */
  add({ request, response, gaps = [], times }: Exchange): void {
    const bodies = response === undefined ? [request.body] : [request.body, response.body];
    const at = times.requestStart;
    const causes = new Set(gaps.map(({ cause }) => cause));
    for (const body of bodies) {
      if (body.lost !== undefined) {
        causes.add(body.lost.cause);
        this.#bytes(body.lost, at);
      }
      for (const lost of lostMessages(body)) {
        causes.add(lost.cause);
        if (!toldElsewhere.has(lost.cause)) this.#tally.add(lost.cause, 'messages', 1, at);
        this.#bytes(lost, at);
      }
    }
    for (const cause of causes) if (!toldElsewhere.has(cause)) this.#tally.add(cause, 'exchanges', 1, at);
  }

  /** By cause: how many exchanges are there in part only, how many messages of them, and how many bytes of bodies. */
  get gaps(): readonly Gap[] {
    return this.#tally.gaps.map((gap) => ({
      ...gap,
      what: gap.unit === 'exchanges' ? 'kept in part' : 'of exchanges kept in part',
    }));
  }

  #bytes({ bytes, cause }: { readonly bytes: number; readonly cause: GapCause }, at: number): void {
    if (leftOut.has(cause)) this.#tally.add(cause, 'bytes', bytes, at);
  }
}

/** Messages of which the tape has not all. */
function lostMessages({ framing, dropped = [] }: Body): NonNullable<Body['dropped']>[number][] {
  if (framing.kind !== 'websocket') return [...dropped];
  return framing.frames.flatMap(({ at, lost }) => (lost === undefined ? [] : [{ at, ...lost }]));
}
