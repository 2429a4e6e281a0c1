import type { Body, Exchange, HeaderField, TriggerMark } from '../../tape/exchange.ts';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { madePrimary } from './make-tape.ts';

/** Bytes that came at a moment, milliseconds from tape start. */
export type Piece = readonly [at: number, bytes: string | Uint8Array];

/** An HTTP/2 exchange in short. Times are milliseconds from tape start; what is left out has a plain value. */
export interface StreamSketch {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: readonly HeaderField[];
  readonly sent?: readonly Piece[];
  readonly trailers?: readonly HeaderField[];
  readonly start: number;
  /** `null`: the request never ended. With the last piece where it is left out. */
  readonly requestEnd?: number | null;
  /** The request ended without a DATA frame; so it does where nothing was sent and this is left out. */
  readonly endStreamInHeaders?: boolean;
  /** `null`: no response came. */
  readonly status?: number | null;
  readonly responseFields?: readonly HeaderField[];
  readonly responseStart?: number;
  readonly received?: readonly Piece[];
  readonly responseTrailers?: readonly HeaderField[];
  /** Absent where it failed. */
  readonly end?: number;
  readonly interim?: Exchange['interim'];
  readonly connection?: number;
  readonly stream?: number;
  readonly session?: string;
  readonly failure?: Exchange['failure'];
  readonly failedAt?: number;
  readonly rst?: number;
  readonly triggers?: readonly TriggerMark[];
}

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

/** An exchange as the tape's writer takes it. */
export function streamExchange(sketch: StreamSketch): ScrubbedExchange {
  const { sent = [], received = [], start, failure } = sketch;
  const answered = sketch.status !== null;
  const requestEnd = sketch.requestEnd === undefined ? (sent.at(-1)?.[0] ?? start) : sketch.requestEnd;
  const end = sketch.end ?? (failure === undefined ? (received.at(-1)?.[0] ?? start + 10) : undefined);
  const inHeaders = sketch.endStreamInHeaders ?? sent.length === 0;
  const exchange: Exchange = {
    id: 0,
    service: madePrimary,
    instance: 0,
    connection: sketch.connection ?? 1,
    message: sketch.stream ?? 1,
    ...(sketch.session === undefined ? {} : { session: sketch.session }),
    direction: 'inbound',
    protocol: 'http/2',
    peers: { client: '10.0.0.7:50112', service: '10.0.0.9:8080' },
    request: {
      head: {
        method: sketch.method ?? (sent.length === 0 ? 'GET' : 'POST'),
        target: sketch.target ?? '/',
        version: 'HTTP/2',
        fields: sketch.fields ?? [
          [':scheme', 'http'],
          [':authority', 'checkout'],
        ],
      },
      body: bodyOf(sent, inHeaders),
      ...(sketch.trailers === undefined ? {} : { trailers: sketch.trailers }),
    },
    ...(sketch.interim === undefined ? {} : { interim: sketch.interim }),
    ...(answered
      ? {
          response: {
            head: {
              version: 'HTTP/2',
              status: sketch.status ?? 200,
              reason: '',
              fields: sketch.responseFields ?? [],
            },
            body: bodyOf(received, received.length === 0),
            ...(sketch.responseTrailers === undefined ? {} : { trailers: sketch.responseTrailers }),
          },
        }
      : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(sketch.failedAt === undefined ? {} : { failedAt: nanoseconds(sketch.failedAt) }),
    ...(sketch.rst === undefined ? {} : { rst: sketch.rst }),
    times: {
      requestStart: nanoseconds(start),
      ...(requestEnd === null ? {} : { requestEnd: nanoseconds(requestEnd) }),
      ...(answered
        ? { responseStart: nanoseconds(sketch.responseStart ?? received[0]?.[0] ?? end ?? start) }
        : {}),
      ...(end === undefined || !answered ? {} : { responseEnd: nanoseconds(end) }),
    },
    ...(sketch.triggers === undefined ? {} : { triggers: sketch.triggers }),
  };
  const requestBody = Buffer.concat(sent.map(([, bytes]) => Buffer.from(bytes)));
  const responseBody = Buffer.concat(received.map(([, bytes]) => Buffer.from(bytes)));
  // Tests stand in for the sanitizers, the only makers of this brand.
  return { exchange, requestBody, responseBody } as unknown as ScrubbedExchange;
}

function bodyOf(pieces: readonly Piece[], endStreamInHeaders: boolean): Body {
  const arrivals = pieces.map(([at, bytes]) => [nanoseconds(at), Buffer.from(bytes).length] as const);
  return {
    size: arrivals.reduce((sum, [, bytes]) => sum + bytes, 0),
    framing: { kind: 'stream', ...(endStreamInHeaders ? { endStreamInHeaders } : {}) },
    arrivals,
  };
}
