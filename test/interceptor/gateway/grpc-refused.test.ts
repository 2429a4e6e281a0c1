import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { grpcRefusedTeller } from '../../../interceptor/gateway/grpc-refused.ts';
import { createLog } from '../../../program/log.ts';

test('gRPC for a service without h2 is told once a service, with what to add', async () => {
  const stream = new PassThrough();
  const tell = grpcRefusedTeller(createLog({ level: 'info', name: 'dvr-test', stream, color: false }));
  for (const name of ['notes', 'notes', 'carts']) tell({ name, protocols: ['http/1.1'] });
  stream.end();
  const lines = (await text(stream)).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'gRPC came for `notes`, which has `protocols: [http/1.1]`; add `protocols: [h2]`',
    'gRPC came for `carts`, which has `protocols: [http/1.1]`; add `protocols: [h2]`',
  ]);
});
