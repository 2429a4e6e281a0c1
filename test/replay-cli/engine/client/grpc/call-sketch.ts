import { gzipSync } from 'node:zlib';
import type { HeaderField } from '../../../../../tape/exchange.ts';
import type { ScrubbedExchange } from '../../../../../tape/scrubbed.ts';
import { writeFrame } from '../../../../../wire/grpc/messages.ts';
import { type StreamSketch, streamExchange } from '../../../../tape/make-stream.ts';

/** A message that came at a moment, milliseconds from tape start. */
export type Message = readonly [at: number, text: string | Uint8Array];

/** A call in short: messages in place of bytes. */
export interface CallSketch extends Omit<StreamSketch, 'sent' | 'received' | 'fields' | 'responseFields'> {
  readonly sent?: readonly Message[];
  readonly received?: readonly Message[];
  readonly metadata?: readonly HeaderField[];
  readonly responseMetadata?: readonly HeaderField[];
  readonly code?: number;
  readonly details?: string;
  /** The request's messages, and that it says so. */
  readonly gzip?: true;
  readonly contentType?: string;
}

export function callExchange(sketch: CallSketch): ScrubbedExchange {
  const { sent = [], received = [], metadata = [], responseMetadata = [], code = 0, details } = sketch;
  const type = sketch.contentType ?? 'application/grpc';
  const bytes = (text: string | Uint8Array) => Buffer.from(text);
  return streamExchange({
    target: '/shop.v1.Carts/Add',
    method: 'POST',
    endStreamInHeaders: false,
    responseTrailers: [
      ['grpc-status', `${code}`],
      ...(details === undefined ? [] : [['grpc-message', encodeURIComponent(details)] as const]),
    ],
    ...sketch,
    fields: [
      [':scheme', 'http'],
      [':authority', 'shop.example'],
      ['content-type', type],
      ['te', 'trailers'],
      ['user-agent', 'grpc-go/1.68.0'],
      ...(sketch.gzip ? [['grpc-encoding', 'gzip'] as const] : []),
      ...metadata,
    ],
    responseFields: [['content-type', type], ...responseMetadata],
    sent: sent.map(([at, text]) => [
      at,
      sketch.gzip ? writeFrame(1, gzipSync(bytes(text))) : writeFrame(0, bytes(text)),
    ]),
    received: received.map(([at, text]) => [at, writeFrame(0, bytes(text))]),
  });
}
