import { expect, test } from 'vitest';
import { callJson } from '../../../replay-cli/show/call-text.ts';
import { payloadText } from '../../../replay-cli/show/payload-text.ts';
import { itemsBody, noViews, recordedCall, views } from '../calls.ts';

const plain = (_: string, text: string): string => text;

test('a unary call shows its message as JSON in lines, and how it ended', () => {
  const text = payloadText(recordedCall({ code: 13, message: 'no%20stock' }), plain, views);
  expect(text).toContain('▶ POST /shop.v1.Carts/Check HTTP/2');
  expect(text).toContain('[9 B; 1 message]\n{\n  "sku": "A1"\n}');
  expect(text).toContain('[trailers]\ngrpc-status: 13');
  expect(text).toContain('\n\nINTERNAL (13): no stock');
});

test('a stream shows a line for each message, with its time', () => {
  const item = recordedCall({ sent: itemsBody({ sku: 'A1' }, { quantity: 2 }) });
  const text = payloadText(item, plain, views);
  expect(text).toContain('2 messages]\n  → {"sku":"A1"}  at 10.0 ms\n  → {"quantity":2}  at 10.0 ms');
  expect(payloadText(item, plain, noViews)).toContain('  → {"1":"A1"}');
});

test('details of a status are shown as what they are', () => {
  const status = Buffer.from(
    '080d1a220a20747970652e676f6f676c65617069732e636f6d2f73686f702e76312e4974656d',
    'hex',
  );
  const item = recordedCall({ code: 13 });
  const trailers = [
    ...item.exchange.response!.trailers!,
    ['grpc-status-details-bin', status.toString('base64')] as const,
  ];
  const given = {
    ...item,
    exchange: { ...item.exchange, response: { ...item.exchange.response!, trailers } },
  };
  expect(payloadText(given, plain, views)).toContain('\n  {"@type":"type.googleapis.com/shop.v1.Item"}');
});

test('for programs a call has its method, messages and outcome', () => {
  expect(callJson(recordedCall({ received: itemsBody({ sku: 'B2' }), code: 5 }), views)).toEqual({
    method: '/shop.v1.Carts/Check',
    messages: [
      { from: 'client', number: 1, at: 10_000_000, json: { sku: 'A1' } },
      { from: 'service', number: 1, at: 10_000_000, json: { sku: 'B2' } },
    ],
    outcome: { code: 5, name: 'NOT_FOUND', message: '', details: [] },
  });
});
