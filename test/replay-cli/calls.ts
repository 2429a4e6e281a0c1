import type { Outcome } from '../../replay-cli/engine/port.ts';
import { MessageViews } from '../../replay-cli/messages/message-views.ts';
import type { ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { writeFrame } from '../../wire/grpc/messages.ts';
import { encode, schemas } from '../wire/protobuf/messages.ts';

/** Calls of the tests' schema, recorded and replayed. */
export const path = '/shop.v1.Carts/Check';
export const views = new MessageViews(schemas());
export const noViews = new MessageViews();

export const itemsBody = (...items: Record<string, unknown>[]): Buffer =>
  Buffer.concat(items.map((item) => writeFrame(0, encode(item))));

const type: HeaderField = ['content-type', 'application/grpc'];
const ended = (code: number, message: string): HeaderField[] => [
  ['grpc-status', String(code)],
  ...(message === '' ? [] : [['grpc-message', message] as const]),
];

export interface CallGiven {
  readonly sent?: Uint8Array;
  readonly received?: Uint8Array;
  readonly code?: number;
  readonly message?: string;
}

/** An exchange that is a call; messages arrive 10 ms apart. */
export function recordedCall({ sent, received, code = 0, message = '' }: CallGiven): ExchangeWithBodies {
  const [requestBody, responseBody] = [sent ?? itemsBody({ sku: 'A1' }), received ?? new Uint8Array()];
  const body = (bytes: Uint8Array) => ({
    size: bytes.length,
    framing: { kind: 'stream' } as const,
    arrivals: bytes.length === 0 ? [] : [[10_000_000, bytes.length] as const],
  });
  return {
    exchange: {
      ...{ id: 1, instance: 0, service: 'shop:8080', connection: 1, message: 1 },
      ...{ direction: 'inbound', protocol: 'http/2', peers: { client: 'a:1', service: 'b:2' } },
      request: {
        head: { method: 'POST', target: path, version: 'HTTP/2', fields: [type] },
        body: body(requestBody),
      },
      response: {
        head: { version: 'HTTP/2', status: 200, reason: '', fields: [type] },
        body: body(responseBody),
        trailers: ended(code, message),
      },
      times: { requestStart: 0, requestEnd: 1, responseStart: 2, responseEnd: 3 },
    },
    requestBody,
    responseBody,
  };
}

/** What a client gets of such a call. */
export function replayedCall({
  received,
  code = 0,
  message = '',
}: CallGiven): Extract<Outcome, { kind: 'response' }> {
  return {
    kind: 'response',
    head: { version: 'HTTP/2', status: 200, reason: '', fields: [type] },
    body: received ?? new Uint8Array(),
    bodyDropped: 0,
    trailers: ended(code, message),
  };
}
