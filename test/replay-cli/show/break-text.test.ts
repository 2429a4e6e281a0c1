import { expect, test } from 'vitest';
import { payloadText } from '../../../replay-cli/show/payload-text.ts';
import { streamExchange } from '../../tape/make-stream.ts';
import { noViews } from '../calls.ts';

const plain = (_: string, text: string): string => text;
const call = { start: 0, failure: 'service_rst', failedAt: 250 } as const;

/** What `show` says of a stream that was reset 250 ms behind its start. */
function told(given: object): string {
  return payloadText(streamExchange({ ...call, ...given }), plain, noViews);
}

test('a reset is told with who made it, and its code', () => {
  expect(told({ rst: 8 })).toMatch(/the response broke off: reset by the service \(CANCEL\)\n?/);
  expect(told({ failure: 'client_rst', rst: 11, status: null })).toContain(
    '◀ no response: reset by the client (ENHANCE_YOUR_CALM)',
  );
  expect(told({ rst: 77 })).toContain('reset by the service (code 77)');
  expect(told({})).toMatch(/reset by the service$/m);
});

test.each([
  ['grpc-timeout', '250m', ' at its deadline (grpc-timeout 250m)'],
  ['grpc-timeout', '253m', ' at its deadline (grpc-timeout 253m)'],
  ['grpc-timeout', '200m', ' behind its deadline (grpc-timeout 200m)'],
  ['connect-timeout-ms', '100', ' behind its deadline (connect-timeout-ms 100)'],
  ['grpc-timeout', '1S', ''],
  ['grpc-timeout', 'soon', ''],
])('with %s: %s a reset after 250 ms is told with%s', (name, value, words) => {
  expect(told({ rst: 8, fields: [[name, value]] })).toMatch(
    new RegExp(`reset by the service \\(CANCEL\\)${words.replaceAll(/[()]/g, '\\$&')}$`, 'm'),
  );
});
