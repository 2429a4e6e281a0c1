import type { Body, BodyFraming, HeaderField } from '../../tape/exchange.ts';
import { eventEnds } from '../../wire/sse/event-stream.ts';
import { movedArrivals, type Stretch } from './arrivals.ts';

/** The body of other bytes: sizes of chunks, frames and arrivals follow, so that their sums are right again. */
export function resized(body: Body, size: number, lost: Body['lost']): Body {
  const { lost: _, ref: __, ...rest } = body;
  const before = body.size + (body.lost?.bytes ?? 0);
  const after = size + (lost?.bytes ?? 0);
  return {
    ...rest,
    size,
    framing: framing(body.framing, size, before, after),
    arrivals: rescale(
      body.arrivals.map(([, bytes]) => bytes),
      size,
    ).flatMap((bytes, at): (readonly [number, number])[] => {
      const time = body.arrivals[at]?.[0];
      return bytes === 0 || time === undefined ? [] : [[time, bytes]];
    }),
    ...(lost === undefined ? {} : { lost }),
  };
}

/**
 * The arrivals of a body of server-sent events that became `after`: the last byte of each event came when it did.
 * Where scrubbing changed how many events there are, they are spread as those of any body.
 */
export function withEventTimes(body: Body, made: Body, before: Uint8Array, after: Uint8Array): Body {
  const [from, to] = [eventSizes(before), eventSizes(after)];
  if (from.length !== to.length) return made;
  const stretches = from.map((size, at): Stretch => [size, to[at] ?? 0]);
  return { ...made, arrivals: movedArrivals(body.arrivals, stretches) };
}

/** Bytes of each event, and of what stands behind the last one. */
function eventSizes(body: Uint8Array): readonly number[] {
  const ends = [...eventEnds(body), body.length];
  return ends.map((end, at) => end - (ends[at - 1] ?? 0));
}

/** The fields with a `Content-Length` that says what the body has become; others are left alone. */
export function withLength(fields: readonly HeaderField[], body: Body): readonly HeaderField[] {
  if (body.framing.kind !== 'length') return fields;
  const length = String(body.size + (body.lost?.bytes ?? 0));
  return fields.map(([name, value, separator]): HeaderField => {
    if (name.toLowerCase() !== 'content-length')
      return separator === undefined ? [name, value] : [name, value, separator];
    const made = value.replace(/\d+/, length);
    return separator === undefined ? [name, made] : [name, made, separator];
  });
}

function framing(given: BodyFraming, size: number, before: number, after: number): BodyFraming {
  if (given.kind === 'websocket') {
    const sizes = rescale(
      given.frames.map((frame) => frame.size),
      size,
    );
    return { ...given, frames: given.frames.map((frame, at) => ({ ...frame, size: sizes[at] ?? 0 })) };
  }
  if (given.kind !== 'chunked' || before === after) return given;
  const sizes = rescale(
    given.chunks.map(([size]) => size),
    after,
  );
  return {
    kind: 'chunked',
    chunks: given.chunks.flatMap(([, extension], at): (readonly [number, string?])[] => {
      const size = sizes[at] ?? 0;
      // A chunk of no bytes would end the body (RFC 9112 section 7.1).
      if (size === 0) return [];
      return [extension === undefined ? [size] : [size, extension]];
    }),
  };
}

/** Sizes of the same proportions with the sum `total`. */
function rescale(sizes: readonly number[], total: number): readonly number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  if (sum === total) return sizes;
  if (sum === 0) return total === 0 ? sizes : [total];
  let before = 0;
  let done = 0;
  return sizes.map((size) => {
    before += size;
    const until = Math.round((before / sum) * total);
    const made = until - done;
    done = until;
    return made;
  });
}
