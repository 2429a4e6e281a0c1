import { expect, test } from 'vitest';
import { headerNoise } from '../../../../replay-cli/engine/diff/noise.ts';
import { mayCarryState } from '../../../../replay-cli/engine/moved/plain-headers.ts';
import { transportHeaders } from '../../../../replay-cli/engine/transport-headers.ts';

test('what is noise of the transport in a response carries no state', () => {
  for (const name of transportHeaders) {
    expect(headerNoise(name)).toBe('transport');
    expect(mayCarryState(name), name).toBe(false);
  }
});

test.each([
  'Grpc-Accept-Encoding',
  'grpc-encoding',
  'grpc-timeout',
  'grpc-retry-pushback-ms',
  'Via',
  'Server',
  ':path',
])('%s carries no state', (name) => expect(mayCarryState(name)).toBe(false));

test.each(['authorization', 'etag', 'x-csrf-token', 'x-cart'])('%s may carry state', (name) =>
  expect(mayCarryState(name)).toBe(true),
);
