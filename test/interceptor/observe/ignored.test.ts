import { expect, test } from 'vitest';
import { ignoredBy } from '../../../interceptor/observe/ignored.ts';

function request(type: string | undefined, more: Record<string, string> = {}) {
  const fields: Record<string, string | undefined> = { 'content-type': type, ...more };
  return {
    target: '/shop.v1.Carts/Add',
    field: (name: string) => fields[name],
    fields: (name: string) => (fields[name] === undefined ? [] : [fields[name]]),
    agentBegins: () => false,
  };
}

const calls = [
  request('application/grpc'),
  request('application/grpc-web-text+proto'),
  request('application/connect+json'),
  request('application/proto'),
  request('application/json', { 'connect-protocol-version': '1' }),
];
const others = [request('application/json'), request('text/html'), request(undefined)];

test.each([
  ['http', others, calls],
  ['grpc', calls, others],
] as const)('a tunnel of %s alone leaves the other one out', (protocol, recorded, left) => {
  const isIgnored = ignoredBy({ ignore: [], protocols: [protocol] })!;
  expect(recorded.map(isIgnored)).toEqual(recorded.map(() => false));
  expect(left.map(isIgnored)).toEqual(left.map(() => true));
});

test('a tunnel of both leaves nothing out, and looks at nothing', () => {
  expect(ignoredBy({ ignore: [], protocols: ['http', 'grpc'] })).toBeUndefined();
});
