import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from '../../sanitizers/engine.ts';
import type { HeaderField } from '../../tape/exchange.ts';
import { encodeText } from '../../wire/grpc/base64-body.ts';
import { readFrames, writeFrame } from '../../wire/grpc/messages.ts';
import { addDescriptorSet } from '../../wire/protobuf/descriptor-set.ts';
import { FieldReader, isMessage } from '../../wire/protobuf/field-reader.ts';
import { messageToJson } from '../../wire/protobuf/json.ts';
import { messageLeaves, replaceLeaves } from '../../wire/protobuf/leaves.ts';
import { Schemas } from '../../wire/protobuf/schema.ts';
import { runs } from '../properties.ts';
import { encode, schemas } from '../wire/protobuf/messages.ts';
import { exchange } from './world.ts';

const known = schemas();
const item = known.messages.get('shop.v1.Item')!;

/** Bytes that often are nearly a message. */
const nearly = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .array(fc.constantFrom(0x0a, 0x12, 0x6a, 0x72, 0x62, 0x20, 0x29, 0x4d, 0x0b, 0x0c, 1, 2, 3, 0x80, 0xff), {
      maxLength: 40,
    })
    .map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(fc.constantFrom('a@b.example.org', 'Bearer abcdefgh12345678', 'x'), fc.nat(40), fc.nat(255))
    .map(([text, at, byte]) => {
      const bytes = encode({ sku: text, inside: { names: [text], parts: [{ sku: text }] }, raw: [1, 2, 3] });
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
);
const frame = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 0x80, 0x81, 7), nearly, fc.integer({ min: -3, max: 3 }))
  .map(([flags, payload, off]) => {
    const bytes = writeFrame(flags, payload);
    bytes.writeUInt32BE(Math.max(0, payload.length + (off === 3 ? 2 ** 31 : off)), 1);
    return bytes;
  });
const types = [
  'grpc',
  'grpc+json',
  'grpc-web',
  'grpc-web-text',
  'connect+proto',
  'connect+json',
  'proto',
].map((name) => `application/${name}`);

test('whatever a call sends is scrubbed or dropped, and what is left adds up', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.constantFrom(...types),
      fc.constantFrom('', 'gzip', 'snappy', 'identity'),
      fc.boolean(),
      (frames, type, encoding, withSchema) => {
        const body = type.endsWith('-text') ? encodeText(frames) : Buffer.concat(frames);
        const fields: HeaderField[] = [
          ['content-type', type],
          ['grpc-encoding', encoding],
          ['trace-bin', 'A%%'],
        ];
        const raw = exchange({
          target: '/shop.v1.Carts/Check',
          request: fields,
          requestBody: body,
          response: fields,
          responseBody: body,
        });
        const scrubber = createScrubber(
          [{ regex: 'Bearer', replace: 'Carrier of' }],
          withSchema ? known : new Schemas(),
        );
        scrubber.learn(raw);
        const made = scrubber.scrub(raw);
        for (const [message, bytes] of [
          [made.exchange.request, made.requestBody],
          [made.exchange.response!, made.responseBody],
        ] as const) {
          const { size, arrivals, lost, dropped = [] } = message.body;
          expect(size).toBe(bytes.length);
          expect(arrivals.reduce((sum, [, count]) => sum + count, 0)).toBe(size);
          if (bytes.length < body.length / 2) expect(lost ?? dropped[0]).toBeDefined();
          const kind = type.slice('application/'.length);
          if (kind === 'grpc') expect(readFrames(bytes, 'grpc', encoding, arrivals).rest).toBe(0);
          expect(Buffer.from(bytes).toString('latin1')).not.toContain('a@b.example.org');
        }
      },
    ),
    runs(300),
  );
});

test('no bytes make a reader throw, or read past them', () => {
  fc.assert(
    fc.property(nearly, (bytes) => {
      const json = messageToJson(bytes, item, known);
      messageToJson(bytes, undefined, known);
      const leaves = messageLeaves(bytes, item, known);
      if (leaves !== undefined) {
        const same = leaves.map(({ steps, type, value }) => ({ steps, type, value }));
        const made = replaceLeaves(bytes, same);
        if (made !== undefined) expect(messageToJson(made, item, known)).toEqual(json);
      }
      addDescriptorSet(new Schemas(), bytes);
      const reader = new FieldReader(bytes);
      while (reader.advance() === 'field') expect(reader.next).toBeLessThanOrEqual(bytes.length);
      expect(isMessage(bytes)).toBe(messageToJson(bytes, undefined, known) !== undefined || isTooDeep(bytes));
    }),
    runs(1000),
  );
});

/** Groups may nest deeper than what is shown. */
function isTooDeep(bytes: Uint8Array): boolean {
  return bytes.filter((byte) => byte === 0x0b).length > 90;
}
