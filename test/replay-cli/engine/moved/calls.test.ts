import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { Brought } from '../../../../replay-cli/engine/moved/brought.ts';
import { IssuedIndex } from '../../../../replay-cli/engine/moved/issued-index.ts';
import { movesOf } from '../../../../replay-cli/engine/moved/moved-state.ts';
import { rewrite } from '../../../../replay-cli/engine/request/rewrite.ts';
import type { Body, ExchangeWithBodies, HeaderField } from '../../../../tape/exchange.ts';
import { closeMessage, openMessage } from '../../../../wire/grpc/compression.ts';
import { readFrames, writeFrame } from '../../../../wire/grpc/messages.ts';
import { addDescriptorSet } from '../../../../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../../../../wire/protobuf/schema.ts';
import { setOf } from '../../../wire/protobuf/messages.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  package shop;
  service Carts { rpc CreateCart (Pay) returns (Cart); rpc Pay (stream Pay) returns (Cart); }
  message Cart { string id = 1; int64 number = 2; Owner owner = 3; }
  message Owner { string token = 1; }
  message Pay { string cart_id = 1; int64 cart_number = 2; string note = 3; repeated Line lines = 4; }
  message Line { string cart_id = 1; sint32 owner_token = 2; }
`);
root.resolveAll();
const schemas = new Schemas();
addDescriptorSet(schemas, setOf(root));
const [Cart, Pay] = ['shop.Cart', 'shop.Pay'].map((name) => root.lookupType(name));
type Fields = Record<string, unknown>;
const bytes = (type: protobuf.Type, fields: Fields) => type.encode(type.fromObject(fields)).finish();
const framed = (...messages: Uint8Array[]) =>
  Buffer.concat(messages.map((message) => writeFrame(0, message)));

let ids = 0;
interface Given {
  readonly path: string;
  readonly start: number;
  readonly sent?: Uint8Array;
  readonly received?: Uint8Array;
  readonly fields?: readonly HeaderField[];
  readonly arrivals?: Body['arrivals'];
}

function exchange({ path, start, sent, received, fields = [], arrivals }: Given): ExchangeWithBodies {
  const [requestBody, responseBody] = [sent ?? new Uint8Array(), received ?? new Uint8Array()];
  const body = (content: Uint8Array, own?: Body['arrivals']): Body => ({
    size: content.length,
    framing: { kind: 'stream' },
    arrivals: own ?? [[start, content.length]],
  });
  const type: HeaderField = [
    'content-type',
    fields.some(([name]) => name === 'x-json') ? 'application/grpc+json' : 'application/grpc',
  ];
  return {
    exchange: {
      ...{ id: ++ids, instance: 0, service: 'shop:8080', connection: 1, message: ids * 2 + 1 },
      ...{ direction: 'inbound', protocol: 'http/2', peers: { client: 'a:1', service: 'b:2' } },
      request: {
        head: { method: 'POST', target: path, version: 'HTTP/2', fields: [type, ...fields] },
        body: body(requestBody, arrivals),
      },
      response: {
        head: { version: 'HTTP/2', status: 200, reason: '', fields: [type] },
        body: body(responseBody),
      },
      times: { requestStart: start, requestEnd: start + 1, responseStart: start + 2, responseEnd: start + 3 },
    },
    requestBody,
    responseBody,
  };
}

/** What is sent in the place of `later`, when `earlier` was answered with `answer` this time. */
function sent(earlier: ExchangeWithBodies, answer: Uint8Array, later: ExchangeWithBodies, by = schemas) {
  const index = new IssuedIndex(undefined, by);
  const brought = new Brought(undefined, by);
  index.take(earlier);
  const { request, response } = earlier.exchange;
  brought.learn(
    earlier.exchange.id,
    request.head,
    { head: response!.head, body: earlier.responseBody },
    { head: response!.head, body: answer },
  );
  const moves = movesOf(index.take(later), brought);
  const message = later.exchange.request;
  return { ...rewrite({ message, body: later.requestBody }, moves.rewritings), ...moves };
}

const recordedCart = { id: 'cart-old-1', number: '900', owner: { token: 'tok-old-22' } };
const newCart = { id: 'cart-a-longer-new-2', number: '123456789012', owner: { token: 'tok-new' } };
const create = () =>
  exchange({ path: '/shop.Carts/CreateCart', start: 0, received: framed(bytes(Cart!, recordedCart)) });
const answer = framed(bytes(Cart!, newCart));
const pay = { cartId: 'cart-old-1', cartNumber: '900', note: 'keep', lines: [{ cartId: 'cart-old-1' }, {}] };

describe('state that moves through messages', () => {
  it('is replaced by what this replay’s message brought, at any depth, and nothing else is', () => {
    const later = exchange({ path: '/shop.Carts/Pay', start: 100, sent: framed(bytes(Pay!, pay)) });
    const made = sent(create(), answer, later);
    const { frames, rest } = readFrames(made.body, 'grpc', '', []);
    expect(rest).toBe(0);
    expect(Pay!.toObject(Pay!.decode(frames[0]!.payload), { longs: String })).toEqual({
      cartId: newCart.id,
      cartNumber: newCart.number,
      note: 'keep',
      lines: [{ cartId: newCart.id }, {}],
    });
    expect(made.replaced.map(({ where, by }) => [where, by.kind === 'moved' ? by.where : by.kind])).toEqual([
      ['message 1.cartId', 'message 1.id'],
      ['message 1.cartNumber', 'message 1.number'],
      ['message 1.lines[0].cartId', 'message 1.id'],
    ]);
    expect(made.message.body.size).toBe(made.body.length);
  });

  it('is replaced in compressed messages of a stream, each of which goes when it did', () => {
    const closed = closeMessage(bytes(Pay!, pay), 'gzip')!;
    const [first, second] = [writeFrame(0, bytes(Pay!, { note: 'first' })), writeFrame(1, closed)];
    const later = exchange({
      path: '/shop.Carts/Pay',
      start: 100,
      fields: [['grpc-encoding', 'gzip']],
      sent: Buffer.concat([first, second]),
      arrivals: [
        [100, first.length + 3],
        [200, second.length - 3],
      ],
    });
    const made = sent(create(), answer, later);
    const { frames } = readFrames(made.body, 'grpc', 'gzip', made.message.body.arrivals);
    expect(frames.map(({ at }) => at)).toEqual([100, 200]);
    expect(Buffer.from(frames[0]!.payload).equals(bytes(Pay!, { note: 'first' }))).toBe(true);
    const opened = openMessage(frames[1]!.payload, 'gzip', 1000)!;
    expect(Pay!.toObject(Pay!.decode(opened))).toMatchObject({ cartId: newCart.id });
  });

  it('is replaced in messages that are JSON', () => {
    const json: HeaderField = ['x-json', '1'];
    const asJson = (value: object) => framed(Buffer.from(JSON.stringify(value)));
    const earlier = exchange({
      path: '/shop.Carts/CreateCart',
      start: 0,
      fields: [json],
      received: asJson({ id: 'cart-old-1' }),
    });
    const later = exchange({
      path: '/shop.Carts/Pay',
      start: 100,
      fields: [json],
      sent: asJson({ cartId: 'cart-old-1', note: 'ü' }),
    });
    const made = sent(earlier, asJson({ id: 'cart-new-"2"' }), later);
    const { frames } = readFrames(made.body, 'grpc', '', []);
    expect(JSON.parse(Buffer.from(frames[0]!.payload).toString())).toEqual({
      cartId: 'cart-new-"2"',
      note: 'ü',
    });
  });

  it('stays as recorded where no schema tells what the fields are', () => {
    const later = exchange({ path: '/shop.Carts/Pay', start: 100, sent: framed(bytes(Pay!, pay)) });
    const made = sent(create(), answer, later, new Schemas());
    expect(made.body).toBe(later.requestBody);
    expect([made.replaced, made.missing]).toEqual([[], []]);
  });
});
