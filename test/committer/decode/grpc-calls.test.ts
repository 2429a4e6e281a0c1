import * as grpc from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { SeenSchemas } from '../../../committer/seen-schemas.ts';
import { callMessages } from '../../../replay-cli/messages/call-messages.ts';
import type { ExchangeWithBodies } from '../../../tape/exchange.ts';
import { callOfExchange } from '../../../wire/grpc/call.ts';
import { decodeBinary } from '../../../wire/grpc/metadata.ts';
import { outcomeOf } from '../../../wire/grpc/outcome.ts';
import { filesOf } from '../../../wire/protobuf/descriptor-set.ts';
import { Recorded } from '../../interceptor/parts/recorded.ts';
import { addReflection, fileOf } from '../../interceptor/reflection/reflection-server.ts';
import { runs } from '../../properties.ts';
import { source } from '../../wire/protobuf/messages.ts';
import { batchOf, startWallMs } from './window.ts';

/* Random calls of grpc-js through the interceptor: the window has what client and server say that they said. */

const same = (bytes: Buffer): Buffer => bytes;
const path = '/shop.v1.Carts/Any';

/** What a call does: its messages, and how the server ends it. */
interface Plan {
  readonly sent: readonly Uint8Array[];
  readonly answers: readonly Uint8Array[];
  readonly code: number;
  readonly message: string;
  readonly compression: 0 | 1 | 2;
  readonly key: Uint8Array;
}

const bytes = fc.uint8Array({ maxLength: 300 });
const plans: fc.Arbitrary<Plan> = fc.record({
  sent: fc.array(bytes, { maxLength: 4 }),
  answers: fc.array(fc.oneof(bytes, fc.uint8Array({ minLength: 20_000, maxLength: 20_000 })), {
    maxLength: 4,
  }),
  code: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 16 })),
  message: fc.string({ unit: 'grapheme', maxLength: 20 }),
  compression: fc.constantFrom(0, 1, 2),
  key: fc.uint8Array({ minLength: 1, maxLength: 20 }),
});

const hex = (messages: readonly (Uint8Array | undefined)[]) =>
  messages.map((message) => message && Buffer.from(message).toString('hex'));

let server: grpc.Server;
let port = 0;
const heard = new Map<string, Buffer[]>();
const planned = new Map<string, Plan>();

beforeAll(async () => {
  server = new grpc.Server();
  const any = {
    path,
    requestStream: true,
    responseStream: true,
    ...{
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
  server.addService(
    { Any: any },
    {
      Any: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        const id = String(call.metadata.get('x-id')[0]);
        const { answers, code, message } = planned.get(id)!;
        heard.set(id, []);
        call.on('data', (request: Buffer) => heard.get(id)!.push(request));
        call.on('end', () => {
          for (const answer of answers) call.write(Buffer.from(answer));
          if (code === 0) call.end();
          else call.emit('error', { code, details: message });
        });
      },
    },
  );
  addReflection(server, {
    files: new Map([['shop.proto', fileOf(source, 'shop.proto')]]),
    services: new Map([['shop.v1.Carts', 'shop.proto']]),
  });
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
});
afterAll(() => server.forceShutdown());

/** Makes a call, and resolves with the messages and the code that the client got. */
function makeCall(client: grpc.Client, id: string, { sent, key }: Plan) {
  const metadata = new grpc.Metadata();
  metadata.set('x-id', id);
  metadata.set('key-bin', Buffer.from(key));
  const call = client.makeBidiStreamRequest(path, same, same, metadata);
  const got: Buffer[] = [];
  call.on('data', (message: Buffer) => got.push(message));
  for (const message of sent) call.write(Buffer.from(message));
  call.end();
  return new Promise<{ readonly got: Buffer[]; readonly status: grpc.StatusObject }>((resolve) => {
    call.on('error', () => {});
    call.on('status', (status) => resolve({ got, status }));
  });
}

function check(
  id: string,
  plan: Plan,
  { exchange, requestBody, responseBody }: ExchangeWithBodies,
  got: Buffer[],
) {
  const call = callOfExchange(exchange)!;
  const { request, response, times } = exchange;
  const sent = callMessages(call, 'client', request.head, requestBody, request.body.arrivals)!;
  const received = callMessages(call, 'service', response!.head, responseBody, response!.body.arrivals)!;
  expect(hex(sent.map(({ content }) => content))).toEqual(hex(heard.get(id)!));
  expect(hex(received.map(({ content }) => content))).toEqual(hex(got));
  const at = received.map((message) => message.at!);
  expect(at).toEqual(at.toSorted((a, b) => a - b));
  for (const time of at) expect(time).toBeGreaterThanOrEqual(times.requestStart);
  const outcome = outcomeOf(call, { ...response!, body: responseBody })!;
  expect([outcome.code, plan.code === 0 || outcome.message === plan.message]).toEqual([plan.code, true]);
  const key = request.head.fields.find(([name]) => name === 'key-bin')?.[1] ?? '';
  expect(hex(decodeBinary(key)!)).toEqual(hex([plan.key]));
}

test('calls of grpc-js are in the window message by message, with their codes and metadata', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(plans, { minLength: 1, maxLength: 5 }), async (given) => {
      run++;
      await using recorded = await Recorded.start({ capture: { reflection: true } }, { targetPort: port });
      const made = await Promise.all(
        given.map(async (plan, at) => {
          const id = `${run}-${at}`;
          planned.set(id, plan);
          const client = new grpc.Client(`127.0.0.1:${recorded.port}`, grpc.credentials.createInsecure(), {
            'grpc.default_compression_algorithm': plan.compression,
          });
          const { got, status } = await makeCall(client, id, plan);
          client.close();
          expect(status.code).toBe(plan.code);
          return { id, plan, got };
        }),
      );
      const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 });
      decoder.push(batchOf(await recorded.records()));
      const decoded = decoder.end();
      expect(decoded).toHaveLength(made.length);
      for (const { id, plan, got } of made) {
        const one = decoded.find(({ exchange }) =>
          exchange.request.head.fields.some(([name, value]) => name === 'x-id' && value === id),
        );
        check(id, plan, one!, got);
      }
      expect(decoder.gaps).toEqual([]);
      expect(recorded.faults).toEqual([]);
    }),
    runs(25),
  );
}, 120_000);

test('a window has the schemas of the service, asked for past the recording', async () => {
  await using recorded = await Recorded.start({ capture: { reflection: true } }, { targetPort: port });
  const client = new grpc.Client(`127.0.0.1:${recorded.port}`, grpc.credentials.createInsecure());
  const plan: Plan = { sent: [], answers: [], code: 13, message: '', compression: 0, key: Uint8Array.of(1) };
  planned.set('schema', plan);
  await makeCall(client, 'schema', plan);
  await expect
    .poll(() => recorded.interceptor.state.reflection?.bytes, { timeout: 10_000 })
    .toBeGreaterThan(100);
  client.close();
  const seen = new SeenSchemas();
  const batches = await recorded.batches();
  for (const batch of batches) seen.add(batch);
  expect([...filesOf(seen.sets.get('checkout:8080')!)!.keys()]).toEqual(['shop.proto']);
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 });
  for (const batch of batches) decoder.push(batch);
  expect(decoder.end().map(({ exchange }) => exchange.request.head.target)).toEqual([path]);
});

test('a tunnel may keep the service from being asked', async () => {
  await using recorded = await Recorded.start({ capture: { reflection: false } }, { targetPort: port });
  const client = new grpc.Client(`127.0.0.1:${recorded.port}`, grpc.credentials.createInsecure());
  planned.set('quiet', {
    sent: [],
    answers: [],
    code: 0,
    message: '',
    compression: 0,
    key: Uint8Array.of(1),
  });
  await makeCall(client, 'quiet', planned.get('quiet')!);
  client.close();
  expect(recorded.interceptor.state.reflection).toBeUndefined();
});
