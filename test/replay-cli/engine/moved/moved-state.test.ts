import { describe, expect, it } from 'vitest';
import { IssuedIndex } from '../../../../replay-cli/engine/moved/issued-index.ts';
import type { ExchangeWithBodies, HeaderField } from '../../../../tape/exchange.ts';
import { type ExchangeSketch, sketchExchange } from '../../../tape/make-tape.ts';

const json: HeaderField = ['Content-Type', 'application/json'];
const form: HeaderField = ['Content-Type', 'application/x-www-form-urlencoded'];
const html: HeaderField = ['Content-Type', 'text/html; charset=utf-8'];

let next = 0;
function exchange(sketch: ExchangeSketch): ExchangeWithBodies {
  const made = sketchExchange(sketch);
  return { ...made, exchange: { ...made.exchange, id: ++next } };
}

/** What the second request carries of the first response: `where → where`. */
function carried(
  response: Partial<ExchangeSketch>,
  request: Partial<ExchangeSketch>,
  between: ExchangeWithBodies[] = [],
) {
  const index = new IssuedIndex();
  index.take(exchange({ start: 0, end: 10, method: 'POST', ...response }));
  for (const other of between) index.take(other);
  const moving = index.take(exchange({ start: 100, ...request }));
  return moving.map(({ carried: { where }, sources }) => `${sources[0]?.where} → ${where}`);
}

const issues = (body: unknown, target = '/orders'): Partial<ExchangeSketch> => ({
  target,
  responseFields: [json],
  responseBody: JSON.stringify(body),
});
const sends = (body: unknown, target = '/x'): Partial<ExchangeSketch> => ({
  target,
  method: 'POST',
  fields: [json],
  body: JSON.stringify(body),
});

describe('moved state', () => {
  it.each([
    [
      'a long field in a path',
      issues({ ref: 'f00df00d' }),
      { target: '/things/f00df00d' },
      ['body.ref → path segment 2'],
    ],
    ['a short id behind its route', issues({ id: 7 }), { target: '/orders/7' }, ['body.id → path segment 2']],
    [
      'a short slug behind its route',
      issues({ slug: 'tea' }),
      { target: '/orders/tea' },
      ['body.slug → path segment 2'],
    ],
    [
      'a short id behind its name',
      issues({ cart: { id: 7 } }, '/'),
      { target: '/carts/7' },
      ['body.cart.id → path segment 2'],
    ],
    ['a short id in a named field', issues({ id: 7 }), sends({ order_id: 7 }), ['body.id → body.order_id']],
    [
      'the same name in another case',
      issues({ orderId: 7 }, '/'),
      sends({ 'order-id': '7' }),
      ['body.orderId → body.order-id'],
    ],
    [
      'a long value under a matching name',
      issues({ token: 'abcdef1' }),
      sends({ csrf_token: 'abcdef1' }),
      ['body.token → body.csrf_token'],
    ],
    [
      'a query field',
      issues({ cursor: 'abcdef1' }),
      { target: '/orders?cursor=abcdef1' },
      ['body.cursor → query cursor'],
    ],
    [
      'a field as bearer token',
      issues({ access_token: 'abcdef1' }),
      { fields: [['Authorization', 'Bearer abcdef1']] },
      ['body.access_token → header Authorization'],
    ],
    [
      'an ETag',
      { responseFields: [['ETag', '"v1-abc"']] },
      { fields: [['If-None-Match', '"v1-abc"']] },
      ['header etag → header If-None-Match'],
    ],
    [
      'a cookie',
      { responseFields: [['Set-Cookie', 'sid=abc; Path=/']] },
      { fields: [['Cookie', 'x=1; sid=abc']] },
      ['cookie sid → cookie sid'],
    ],
    [
      'a cookie as header',
      { responseFields: [['Set-Cookie', 'XSRF-TOKEN=abcdef1']] },
      { fields: [['X-XSRF-TOKEN', 'abcdef1']] },
      ['cookie XSRF-TOKEN → header X-XSRF-TOKEN'],
    ],
    [
      'a Location',
      { responseFields: [['Location', '/orders/7']] },
      { target: '/orders/7/pay' },
      ['location segment 2 of 2 → path segment 2'],
    ],
    [
      'a field of a page in a form',
      {
        responseFields: [html],
        responseBody: '<form><input type="hidden" name="csrf" value="a&amp;b%2"></form>',
      },
      { method: 'POST', fields: [form], body: 'name=x&csrf=a%26b%252' },
      ['input csrf → form csrf'],
    ],
  ] as const)('finds %s', (_, response, request, expected) => {
    expect(carried(response as Partial<ExchangeSketch>, request as Partial<ExchangeSketch>)).toEqual(
      expected,
    );
  });

  it.each([
    ['a short value in a field of another name', issues({ id: 7 }), sends({ quantity: 7 })],
    ['a short value in the field of another thing', issues({ id: 7 }), sends({ customer_id: 7 })],
    ['a long value in a field of another name', issues({ note: 'abcdef1' }), sends({ comment: 'abcdef1' })],
    ['a short value in a path of another route', issues({ id: 7 }), { target: '/users/7' }],
    ['a short cookie of another name', issues({ id: 'abc' }), { fields: [['Cookie', 'x=abc']] }],
    [
      'what frames a message',
      { responseFields: [['Content-Length', '0']] },
      { fields: [['Content-Length', '0']] },
    ],
    ['true and false', issues({ done: true }), sends({ done: true })],
  ] as const)('leaves %s alone', (_, response, request) => {
    expect(carried(response as Partial<ExchangeSketch>, request as Partial<ExchangeSketch>)).toEqual([]);
  });

  it('takes a path word that was asked for before any response brought it for a route', () => {
    const index = new IssuedIndex();
    index.take(exchange({ start: 0, end: 5, target: '/checkout' }));
    index.take(exchange({ start: 10, end: 15, ...issues({ next: 'checkout' }) }));
    expect(index.take(exchange({ start: 30, target: '/checkout' }))).toEqual([]);
  });

  it('takes no value from a response that had not ended', () => {
    expect(carried({ ...issues({ ref: 'f00df00d' }), end: 200 }, { target: '/things/f00df00d' })).toEqual([]);
  });

  it('prefers the latest response of the own session', () => {
    const index = new IssuedIndex();
    const token = issues({ token: 'abcdef1' });
    const first = exchange({ start: 0, end: 10, session: 'a', ...token });
    const other = exchange({ start: 20, end: 30, session: 'b', ...token });
    index.take(first);
    index.take(other);
    const [moving] = index.take(exchange({ start: 50, session: 'a', ...sends({ token: 'abcdef1' }) }));
    expect(moving?.sources.map(({ span }) => span.id)).toEqual([first.exchange.id, other.exchange.id]);
  });

  it('keeps the first and the latest places of a value that is issued again and again', () => {
    const index = new IssuedIndex();
    const all = Array.from({ length: 1000 }, (_, n) =>
      exchange({ start: n, end: n + 0.5, ...issues({ ref: 'f00df00d' }) }),
    );
    for (const one of all) index.take(one);
    const [moving] = index.take(exchange({ start: 2000, target: '/x/f00df00d' }));
    expect(moving?.sources[0]?.span.id).toBe(all.at(-1)?.exchange.id);
    expect(moving?.sources.length).toBe(4);
  });

  it('forgets the oldest values beyond its bound, and counts them', () => {
    const index = new IssuedIndex(2_000);
    for (let n = 0; n < 20; n++)
      index.take(exchange({ start: n, end: n + 0.5, ...issues({ ref: `value-${n}` }) }));
    expect(index.forgotten).toBeGreaterThan(5);
    expect(index.take(exchange({ start: 100, target: '/x/value-0' }))).toEqual([]);
    expect(index.take(exchange({ start: 101, target: '/x/value-19' })).length).toBe(1);
  });
});
