import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { conversationExchange } from './make-conversation.ts';
import { streamExchange } from './make-stream.ts';
import { statusMark, writeTapeFolder } from './make-tape.ts';

/**
 * Writes the sample of format 2 anew: `node test/tape/format-2-sample.ts`. It is committed as it was when the format was
 * made, and not written again once that is released: readers of every later format are held to it.
 */
export const sampleFolder: string = join(import.meta.dirname, 'fixtures', 'format-2');

/** A message of gRPC: five bytes of head, then field 1 with a text. */
const call = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, text.length + 2, 10, text.length]), Buffer.from(text)]);

const grpc = [
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
] as const;

function partial(given: ScrubbedExchange): ScrubbedExchange {
  const { exchange } = given;
  const { head, body } = exchange.request;
  const request = {
    head: { ...head, fields: [], partial: true as const },
    body: { ...body, missed: { bytes: 12, cause: 'stream_edge' as const } },
  };
  return { ...given, exchange: { ...exchange, request } };
}

/** The exchanges on it, in the order of their completion and of their ids. */
export const sampleExchanges: readonly ScrubbedExchange[] = [
  partial(
    streamExchange({
      start: 0,
      stream: 1,
      method: 'POST',
      target: '/shop.v1.Carts/Watch',
      sent: [[4, call('seven')]],
      received: [[5, call('eight')]],
      failure: 'client_rst',
      failedAt: 90,
      rst: 8,
    }),
  ),
  streamExchange({
    start: 10,
    stream: 3,
    target: '/shop.v1.Carts/Pay',
    fields: [[':scheme', 'http'], [':authority', 'checkout'], ...grpc],
    sent: [[11, call('cart-7')]],
    responseFields: grpc.slice(0, 1),
    responseStart: 40,
    received: [],
    responseTrailers: [
      ['grpc-status', '13'],
      ['grpc-message', 'no stock'],
    ],
    end: 41,
    triggers: [
      {
        ...statusMark('POST', '/shop.v1.Carts/Pay', 500, 41),
        trigger: 'on_grpc_status',
        detail: 'INTERNAL (13)',
      },
    ],
  }),
  conversationExchange({
    start: 50,
    connection: 2,
    target: '/rooms/7',
    extensions: 'permessage-deflate',
    client: [
      { at: 60, text: 'hel', fin: false, compressed: true },
      { at: 61, text: 'lo', opcode: 0 },
      { at: 70, close: 1000 },
    ],
    service: [
      { at: 62, text: 'heard' },
      { at: 71, close: 1000 },
    ],
  }),
];

/** An empty `google.protobuf.FileDescriptorSet` but for one file of that name. */
export const sampleSchemas: Buffer = Buffer.from([10, 12, 10, 10, ...Buffer.from('shop.proto')]);

if (import.meta.main) {
  await rm(sampleFolder, { recursive: true, force: true });
  await writeTapeFolder(sampleFolder, sampleExchanges, {}, sampleSchemas);
}
