import { expect, test } from 'vitest';
import { tapeFormat } from '../../tape/manifest.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import { sampleExchanges, sampleFolder } from './format-1-sample.ts';
import * as second from './format-2-sample.ts';
import { sketchExchange } from './make-tape.ts';

/** Ids of the sample's exchanges in the order in which they completed. */
const ids = [1, 5, 2, 3, 4];

test('the sample of format 1 reads as it was written, lifted to the format of today', async () => {
  await using tape = await openTapeFolder(sampleFolder);
  expect(tape.manifest.format).toBe(tapeFormat);
  expect([tape.size, tape.payloads]).toEqual([5, 4]);
  expect(tape.manifest.triggers).toMatchObject([{ trigger: 'on_status', exchange: 4 }]);
  for (const [index, sketch] of sampleExchanges.entries()) {
    const id = ids[index]!;
    const given = sketchExchange(sketch);
    const read = await tape.withBodies(id);
    expect(read.exchange).toMatchObject({ ...given.exchange, id });
    expect(Buffer.from(read.requestBody)).toEqual(given.requestBody);
    expect(Buffer.from(read.responseBody)).toEqual(given.responseBody);
    expect(tape.summary(id)).toMatchObject({ method: given.exchange.request.head.method, id });
  }
});

test('the sample of format 2 reads as it was written, its schemas too', async () => {
  await using tape = await openTapeFolder(second.sampleFolder);
  expect(tape.size).toBe(second.sampleExchanges.length);
  for (const [index, given] of second.sampleExchanges.entries()) {
    const read = await tape.withBodies(index + 1);
    expect(read.exchange).toMatchObject({ ...given.exchange, id: index + 1 });
    expect(Buffer.from(read.requestBody)).toEqual(Buffer.from(given.requestBody));
    expect(Buffer.from(read.responseBody)).toEqual(Buffer.from(given.responseBody));
  }
  expect(tape.manifest.triggers).toMatchObject([{ trigger: 'on_grpc_status', exchange: 2 }]);
  expect(tape.summary(1)).toMatchObject({ protocol: 'http/2', partial: true, failure: 'client_rst' });
  expect(await tape.schemas(tape.manifest.primary)).toEqual(second.sampleSchemas);
});
