import type { Body, BodyFraming, ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';

export interface Given {
  readonly method?: string;
  readonly target?: string;
  readonly request?: readonly HeaderField[];
  readonly requestBody?: string | Uint8Array;
  readonly status?: number;
  readonly response?: readonly HeaderField[];
  readonly responseBody?: string | Uint8Array;
  readonly framing?: BodyFraming;
  /** Bytes missing behind the response body. */
  readonly lost?: number;
  readonly session?: string;
}

let ids = 0;

/** One exchange as decoding leaves it. */
export function exchange(given: Given): ExchangeWithBodies {
  const requestBody = bytesOf(given.requestBody);
  const responseBody = bytesOf(given.responseBody);
  const id = ++ids;
  return {
    exchange: {
      id,
      instance: 0,
      service: 'checkout:8080',
      connection: id,
      message: 0,
      direction: 'inbound',
      protocol: 'http/1',
      peers: { client: '203.0.113.9:51234', service: '10.0.0.7:8080' },
      ...(given.session === undefined ? {} : { session: given.session }),
      request: {
        head: {
          method: given.method ?? 'POST',
          target: given.target ?? '/api/v2/checkout/init',
          version: 'HTTP/1.1',
          fields: given.request ?? [],
        },
        body: body(requestBody, undefined, 0),
      },
      response: {
        head: {
          version: 'HTTP/1.1',
          status: given.status ?? 200,
          reason: 'OK',
          fields: given.response ?? [],
        },
        body: body(responseBody, given.framing, given.lost ?? 0),
      },
      times: { requestStart: 0, requestEnd: 10, responseStart: 20, responseEnd: 30 },
    },
    requestBody,
    responseBody,
  };
}

function bytesOf(given: string | Uint8Array | undefined): Uint8Array {
  return typeof given === 'string' ? Buffer.from(given) : (given ?? new Uint8Array());
}

function body(bytes: Uint8Array, framing: BodyFraming | undefined, lost: number): Body {
  return {
    size: bytes.length,
    framing: framing ?? (bytes.length === 0 ? { kind: 'none' } : { kind: 'length' }),
    arrivals: bytes.length === 0 ? [] : [[15, bytes.length]],
    ...(lost === 0 ? {} : { lost: { bytes: lost, cause: 'body_limit' } }),
  };
}

export const jsonType: HeaderField = ['Content-Type', 'application/json'];
export const formType: HeaderField = ['Content-Type', 'application/x-www-form-urlencoded'];
export const textType: HeaderField = ['Content-Type', 'text/plain; charset=utf-8'];

/** Everything that an exchange holds, as one text. */
export function everything(given: ExchangeWithBodies): string {
  return [JSON.stringify(given.exchange), text(given.requestBody), text(given.responseBody)].join('\n');
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
