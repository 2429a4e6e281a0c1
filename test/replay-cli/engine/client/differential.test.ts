import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PayloadResult } from '../../../../replay-cli/engine/port.ts';
import type { HeaderField } from '../../../../tape/exchange.ts';
import type { ScrubbedExchange } from '../../../../tape/scrubbed.ts';
import { readFrames } from '../../../../wire/grpc/messages.ts';
import { runs } from '../../../properties.ts';
import { type StreamSketch, streamExchange } from '../../../tape/make-stream.ts';
import { replayOf } from '../replay-of.ts';
import { type CallSketch, callExchange } from './grpc/call-sketch.ts';
import { fail, type GrpcService, type SeenCall, serveGrpc } from './grpc/grpc-service.ts';
import { afterEnd, type Http2Service, serveHttp2 } from './http2/http2-service.ts';

/** Random exchanges are replayed to servers that no one here wrote: what they saw and what came back is what was recorded. */
const allRuns = runs(25);

async function replayed(
  exchanges: readonly ScrubbedExchange[],
  { target }: Pick<Http2Service | GrpcService, 'target'>,
): Promise<PayloadResult[]> {
  await using replay = await replayOf(exchanges, target);
  const results: PayloadResult[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
  });
  await replay.run({ from: 1, timing: 'fast', speed: 1, awaitResults: true });
  return results.sort((a, b) => a.id - b.id);
}

const name = fc.stringMatching(/^x-[a-z0-9]{1,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const fields = fc.array(fc.tuple(name, value), { maxLength: 6 });
const bytes = fc.uint8Array({ maxLength: 20_000 });
const stream = fc.record({
  fields,
  sent: fc.array(bytes, { maxLength: 5 }),
  trailers: fc.option(fc.tuple(name, value), { nil: undefined }),
  connection: fc.integer({ min: 1, max: 3 }),
  status: fc.constantFrom(200, 201, 404, 500),
  body: bytes,
});

it('HTTP/2: any heads, pieces and trailers reach node:http2 as they were recorded, and answers come back whole', async () => {
  const property = fc.asyncProperty(fc.array(stream, { minLength: 1, maxLength: 12 }), async (sketches) => {
    await using service = await serveHttp2((seen, path) => {
      const sketch = sketches[Number(path.slice(1))];
      afterEnd(seen, () => {
        seen.stream.respond({ ':status': sketch?.status ?? 0 }, { waitForTrailers: true });
        seen.stream.on('wantTrailers', () => seen.stream.sendTrailers({ 'x-number': path.slice(1) }));
        seen.stream.end(sketch?.body);
      });
    });
    const exchanges = sketches.map((sketch, index) => {
      const start = index * 5;
      const laid: StreamSketch = {
        ...{
          start,
          target: `/${index}`,
          method: 'POST',
          connection: sketch.connection,
          stream: 2 * index + 1,
        },
        fields: [[':scheme', 'http'], [':authority', 'a.example'], ...sketch.fields],
        sent: sketch.sent.map((piece, number) => [start + number, piece]),
        requestEnd: start + sketch.sent.length,
        ...(sketch.trailers === undefined ? {} : { trailers: [sketch.trailers] }),
        end: start + 20,
      };
      return streamExchange(laid);
    });
    const results = await replayed(exchanges, service);
    for (const [index, sketch] of sketches.entries()) {
      const seen = service.streams.find(({ head }) => head[7] === `/${index}`);
      expect(seen?.head.slice(8)).toEqual(sketch.fields.flat());
      expect(seen?.pieces.map(({ text }) => text).join('')).toBe(
        Buffer.concat(sketch.sent).toString('latin1'),
      );
      expect(seen?.trailers).toEqual(sketch.trailers ?? []);
      const outcome = results[index]?.outcome;
      if (outcome?.kind !== 'response') throw new Error(`no response: ${JSON.stringify(outcome)}`);
      expect(outcome.head.status).toBe(sketch.status);
      expect(Buffer.from(outcome.body).equals(sketch.body)).toBe(true);
      expect(outcome.trailers).toEqual([['x-number', `${index}`]]);
    }
    const used = new Set(sketches.map(({ connection }) => connection));
    expect(new Set(service.streams.map(({ connection }) => connection)).size).toBe(used.size);
  });
  await fc.assert(property, allRuns);
}, 60_000);

const text = fc.string({ maxLength: 200 });
const metadata = fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([each]) => each });
const binary = fc.array(fc.tuple(fc.constantFrom('a-bin', 'b-bin'), fc.uint8Array({ maxLength: 40 })), {
  maxLength: 3,
});
const call = fc.record({
  metadata,
  binary,
  sent: fc.array(text, { maxLength: 8 }),
  gzip: fc.boolean(),
  connection: fc.integer({ min: 1, max: 3 }),
  code: fc.constantFrom(0, 3, 13, 14),
});

it('gRPC: any messages and metadata reach grpc-js as they were recorded, and messages and codes come back', async () => {
  const path = '/shop.v1.Carts/Add';
  const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (sketches) => {
    await using service = await serveGrpc({ [path]: (seen) => answer(seen) });
    const answer = (seen: SeenCall): void => {
      const code = sketches[Number(seen.metadata.get('number')[0])]?.code ?? 2;
      seen.call.on('data', (message: Buffer) => seen.call.write(message));
      seen.call.on('end', () => (code === 0 ? seen.call.end() : fail(seen, code, `code ${code} – ende`)));
    };
    const exchanges = sketches.map((sketch, index) => {
      const start = index * 5;
      const fieldsOfIt: HeaderField[] = [
        ['number', `${index}`],
        ...sketch.metadata,
        ...sketch.binary.map(([key, raw]): HeaderField => [key, Buffer.from(raw).toString('base64')]),
      ];
      const laid: CallSketch = {
        ...{ start, connection: sketch.connection, stream: 2 * index + 1, metadata: fieldsOfIt },
        sent: sketch.sent.map((message, number) => [start + number, message]),
        requestEnd: start + sketch.sent.length,
        ...(sketch.gzip ? { gzip: true } : {}),
        end: start + 20,
      };
      return callExchange(laid);
    });
    const results = await replayed(exchanges, service);
    for (const [index, sketch] of sketches.entries()) {
      const seen = service.calls.find((each) => each.metadata.get('number')[0] === `${index}`);
      expect(seen?.messages.map((message) => message.text)).toEqual(sketch.sent);
      for (const [key, told] of sketch.metadata) expect(seen?.metadata.get(key)).toEqual([told]);
      for (const key of ['a-bin', 'b-bin']) {
        const wanted = sketch.binary.filter(([each]) => each === key).map(([, raw]) => Buffer.from(raw));
        expect(seen?.metadata.get(key)).toEqual(wanted);
      }
      const outcome = results[index]?.outcome;
      if (outcome?.kind !== 'response') throw new Error(`no response: ${JSON.stringify(outcome)}`);
      expect(outcome.call).toMatchObject({ code: sketch.code });
      const { frames } = readFrames(outcome.body, 'grpc', '', []);
      expect(frames.map(({ payload }) => Buffer.from(payload).toString())).toEqual(sketch.sent);
    }
  });
  await fc.assert(property, allRuns);
}, 60_000);
