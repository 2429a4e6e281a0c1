import { z } from 'zod';
import { type Exchange, exchangeFailures, triggerKinds } from '../exchange.ts';
import { type GapCause, gapCauses } from '../gap.ts';

const count = z.int().nonnegative();
const time = z.int();

const causes = Object.keys(gapCauses) as [GapCause, ...GapCause[]];
const cause = z.enum(causes);

export const gapSchema = z.strictObject({
  cause,
  count,
  unit: z.enum(['bytes', 'messages', 'exchanges', 'batches', 'connections', 'requests', 'interceptors']),
  from: z.number().exactOptional(),
  to: z.number().exactOptional(),
  what: z.string().exactOptional(),
});

export const triggerMarkSchema = z.strictObject({
  trigger: z.enum(triggerKinds),
  at: time,
  fingerprint: z.string(),
  detail: z.string().exactOptional(),
});

const field = z.union([z.tuple([z.string(), z.string()]), z.tuple([z.string(), z.string(), z.string()])]);
const fields = z.array(field);

const requestHead = z.strictObject({
  method: z.string(),
  target: z.string(),
  version: z.string(),
  fields,
  partial: z.literal(true).exactOptional(),
});

const responseHead = z.strictObject({
  version: z.string(),
  status: z.int().min(1).max(999),
  reason: z.string(),
  bare: z.literal(true).exactOptional(),
  fields,
});

const chunk = z.union([z.tuple([count]), z.tuple([count, z.string()])]);

const websocketFrame = z.strictObject({
  at: time,
  opcode: z.int().min(0).max(15),
  fin: z.boolean(),
  size: count,
  compressed: z.literal(true).exactOptional(),
  lost: z.strictObject({ bytes: count, cause }).exactOptional(),
});

const framing = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('length') }),
  z.strictObject({ kind: z.literal('close') }),
  z.strictObject({ kind: z.literal('chunked'), chunks: z.array(chunk) }),
  z.strictObject({ kind: z.literal('stream'), endStreamInHeaders: z.literal(true).exactOptional() }),
  z.strictObject({ kind: z.literal('websocket'), frames: z.array(websocketFrame) }),
]);

const body = z
  .strictObject({
    size: count,
    framing,
    arrivals: z.array(z.tuple([time, count])),
    missed: z.strictObject({ bytes: count.exactOptional(), cause }).exactOptional(),
    lost: z.strictObject({ bytes: count, cause }).exactOptional(),
    dropped: z.array(z.strictObject({ at: count, bytes: count, cause })).exactOptional(),
    ref: z.strictObject({ frame: count, offset: count }).exactOptional(),
  })
  .refine((b) => (b.ref !== undefined) === b.size > 0, 'has a reference exactly if it has bytes')
  .refine(
    (b) => b.arrivals.reduce((sum, [, bytes]) => sum + bytes, 0) === b.size,
    'arrivals add up to its size',
  )
  .refine(
    (b) =>
      b.framing.kind !== 'websocket' || b.framing.frames.reduce((sum, { size }) => sum + size, 0) === b.size,
    'frames add up to its size',
  );

const trailers = fields.exactOptional();

/** A line of `exchanges.ndjson.zst`: an exchange without its id, which is known only when the tape is whole. */
export const recordSchema = z.strictObject({
  service: z.string(),
  instance: count,
  connection: count,
  message: count,
  session: z.string().exactOptional(),
  direction: z.enum(['inbound', 'outbound']),
  protocol: z.enum(['http/1', 'http/2']),
  peers: z.strictObject({ client: z.string(), service: z.string() }),
  request: z.strictObject({ head: requestHead, body, trailers }),
  interim: z.array(z.strictObject({ at: time, head: responseHead })).exactOptional(),
  response: z.strictObject({ head: responseHead, body, trailers }).exactOptional(),
  failure: z.enum(exchangeFailures).exactOptional(),
  failedAt: time.exactOptional(),
  rst: z.int().min(0).max(0xffff_ffff).exactOptional(),
  times: z.strictObject({
    requestStart: time,
    requestEnd: time.exactOptional(),
    responseStart: time.exactOptional(),
    responseEnd: time.exactOptional(),
  }),
  triggers: z.array(triggerMarkSchema).exactOptional(),
  gaps: z.array(gapSchema).exactOptional(),
});

/** An exchange as the tape keeps it, its id aside. */
export type ExchangeRecord = Omit<Exchange, 'id'>;
