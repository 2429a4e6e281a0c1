import type { Body, Exchange, HeaderField, WebSocketFrame } from '../../tape/exchange.ts';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { opcodes } from '../../wire/websocket/frame.ts';
import { arrivalsOf } from '../../wire/websocket/messages.ts';
import { type ExchangeSketch, sketchExchange } from './make-tape.ts';

/** A frame in short: a text in one frame where nothing else is said. `at` in milliseconds from tape start. */
export interface FrameSketch {
  readonly at: number;
  readonly text?: string | Uint8Array;
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly compressed?: true;
  /** A close frame with that code. */
  readonly close?: number;
  readonly lost?: WebSocketFrame['lost'];
}

export interface ConversationSketch
  extends Omit<ExchangeSketch, 'body' | 'responseBody' | 'status' | 'service'> {
  readonly client?: readonly FrameSketch[];
  readonly service?: readonly FrameSketch[];
  /** The service's agreement to compress. */
  readonly extensions?: string;
  /** The tape has not seen it end. */
  readonly open?: true;
}

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

/** An exchange that became a WebSocket 1 ms after its start, as the writer takes it. */
export function conversationExchange(sketch: ConversationSketch): ScrubbedExchange {
  const { client = [], service = [], extensions, open, ...rest } = sketch;
  const agreed: HeaderField[] = extensions === undefined ? [] : [['Sec-WebSocket-Extensions', extensions]];
  const base = sketchExchange({
    target: '/chat',
    ...rest,
    status: 101,
    reason: 'Switching Protocols',
    fields: sketch.fields ?? [
      ['Host', 'checkout'],
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', key],
      ...agreed,
    ],
    responseFields: [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
      ...agreed,
    ],
  });
  const { exchange } = base;
  if (exchange.response === undefined) throw new Error('a sketch has a response');
  const asked = side(client);
  const answered = side(service);
  const { requestStart } = exchange.times;
  const end = Math.max(requestStart, ...[...asked.frames, ...answered.frames].map(({ at }) => at));
  const conversation: Exchange = {
    ...exchange,
    request: { ...exchange.request, body: asked.body },
    response: { ...exchange.response, body: answered.body },
    times: {
      requestStart,
      responseStart: requestStart + 1e6,
      ...(open ? {} : { requestEnd: end, responseEnd: end }),
    },
  };
  return {
    exchange: conversation,
    requestBody: asked.bytes,
    responseBody: answered.bytes,
  } as unknown as ScrubbedExchange;
}

function side(sketches: readonly FrameSketch[]): {
  body: Body;
  bytes: Buffer;
  frames: readonly WebSocketFrame[];
} {
  const payloads = sketches.map(payloadOf);
  const frames = sketches.map(
    ({ at, opcode, fin = true, compressed, close, lost }, i): WebSocketFrame => ({
      at: Math.round(at * 1e6),
      opcode: opcode ?? (close === undefined ? opcodes.text : opcodes.close),
      fin,
      size: payloads[i]?.length ?? 0,
      ...(compressed && { compressed }),
      ...(lost && { lost }),
    }),
  );
  const bytes = Buffer.concat(payloads);
  const framing = { kind: 'websocket', frames } as const;
  return { body: { size: bytes.length, framing, arrivals: arrivalsOf(frames) }, bytes, frames };
}

function payloadOf({ text = '', close }: FrameSketch): Buffer {
  const code = Buffer.alloc(close === undefined ? 0 : 2);
  if (close !== undefined) code.writeUInt16BE(close);
  return Buffer.concat([code, Buffer.from(text)]);
}
