import { expect, test } from 'vitest';
import type { TriggerRecord } from '../../../ledger/segment.ts';
import type { TriggerConfig } from '../../../tunnel/config.ts';
import { encodeText } from '../../../wire/grpc/base64-body.ts';
import { writeFrame } from '../../../wire/grpc/messages.ts';
import { observe } from '../parts/observed.ts';

/* Calls over HTTP/1 end in the body of their response: gRPC-Web, and Connect. */

const asked = (type: string, fields = ''): string =>
  `POST /bank.v1.Accounts/Open HTTP/1.1\r\nHost: bank\r\nContent-Type: ${type}\r\n${fields}Content-Length: 2\r\n\r\n{}`;

function answered(type: string, body: Uint8Array, status = 200, fields = ''): string {
  const head = `HTTP/1.1 ${status} Words\r\nContent-Type: ${type}\r\n${fields}Content-Length: ${body.length}\r\n\r\n`;
  return head + Buffer.from(body).toString('latin1');
}

/** What fires on one exchange, whose answer comes in segments of `size` bytes. */
function fired(
  request: string,
  response: string,
  triggers?: readonly TriggerConfig[],
  size = 7,
): TriggerRecord[] {
  const batches = observe(
    ({ open, send }) => {
      const tap = open();
      send(tap, 'client', request);
      for (let at = 0; at < response.length; at += size) send(tap, 'service', response.slice(at, at + size));
    },
    { rules: triggers === undefined ? {} : { triggers } },
  );
  return batches.flatMap(({ records }) => records.filter((record) => record.kind === 'trigger'));
}

const ended = writeFrame(0x80, Buffer.from('grpc-status: 13\r\n'));
const message = writeFrame(0, Buffer.from('hello'));
const failed = writeFrame(2, Buffer.from('{"error":{"code":"unavailable"}}'));
const notFound = Buffer.from('{"code":"not_found"}');
const onNotFound: TriggerConfig = { kind: 'on_grpc_status', codes: [5] };

test.each([
  ['gRPC-Web', 'application/grpc-web+proto', Buffer.concat([message, ended]), 'INTERNAL (13)'],
  ['gRPC-Web in base64', 'application/grpc-web-text', encodeText([message, ended]), 'INTERNAL (13)'],
  ['a stream of Connect', 'application/connect+json', Buffer.concat([message, failed]), 'UNAVAILABLE (14)'],
])('%s fires on the code at the end of its body', (_what, type, body, detail) => {
  expect(fired(asked(type), answered(type, body))).toMatchObject([
    {
      trigger: 'on_status',
      message: 0,
      fingerprint: expect.stringMatching(/^POST \/bank.v1.Accounts\/Open /),
      detail,
    },
  ]);
});

test('gRPC-Web without a body fires on the code in its head', () => {
  const type = 'application/grpc-web';
  expect(fired(asked(type), answered(type, Buffer.alloc(0), 200, 'grpc-status: 2\r\n'))).toMatchObject([
    { detail: 'UNKNOWN (2)' },
  ]);
});

test('a unary Connect call fires on the code of its error', () => {
  const version = 'Connect-Protocol-Version: 1\r\n';
  const response = answered('application/json', notFound, 404);
  expect(fired(asked('application/proto', version), response, [onNotFound])).toMatchObject([
    { trigger: 'on_grpc_status', detail: 'NOT_FOUND (5)' },
  ]);
});

test('what is no call fires on nothing that its body says', () => {
  expect(fired(asked('application/json'), answered('application/json', notFound, 404), [onNotFound])).toEqual(
    [],
  );
  expect(fired(asked('text/plain'), answered('text/plain', Buffer.concat([message, ended])))).toEqual([]);
  const status = answered('application/grpc-web', Buffer.concat([message, ended]), 500);
  expect(fired(asked('application/grpc-web'), status)).toMatchObject([
    { fingerprint: expect.stringMatching(/ 500$/) },
  ]);
});
