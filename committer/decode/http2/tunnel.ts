import type { Sender } from '../../../ledger/segment.ts';
import type { RequestHead, ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import { fieldValue } from '../../../wire/http1/head.ts';
import { agreedExtensions } from '../../../wire/websocket/extensions.ts';
import { MessageDecoder } from '../../../wire/websocket/message-decoder.ts';
import type { DecodeContext } from '../connection-decoder.ts';
import type { DecodedMessage } from '../decoded-message.ts';
import { FramesMessage } from '../websocket/frames-message.ts';
import { Http2Message } from './message.ts';

/** What one side sends in a stream that a CONNECT has opened. */
export interface TunnelSide {
  readonly message: DecodedMessage;
  add(at: TapeTime, bytes: Uint8Array, start: number, end: number): void;
  skip(length: number, cause: GapCause, at: TapeTime): void;
  /** Nothing more comes, for `cause`. */
  end(cause: GapCause): void;
}

/** Bytes kept of one message, and what compressed ones may cost. */
export type TunnelLimits = Pick<DecodeContext, 'bodyLimit' | 'inflation'>;

export type Tunnel = Readonly<Record<Sender, TunnelSide>>;

/**
 * What a CONNECT opens once it is answered: a WebSocket (RFC 8441), whose frames are decoded, or bytes of a protocol that
 * nobody knows. Of those none is kept: what cannot be read cannot be scrubbed.
 */
export function tunnelOf(
  request: RequestHead,
  response: ResponseHead,
  at: TapeTime,
  { bodyLimit: limit, inflation: budget }: TunnelLimits,
): Tunnel {
  const protocol = fieldValue(request.fields, ':protocol');
  const agreed = protocol === 'websocket' ? agreedExtensions(response.fields) : undefined;
  const side = (sender: Sender): TunnelSide => {
    if (agreed === undefined) return unread(at, limit);
    const deflate = agreed.deflate?.[sender];
    return frames(
      new FramesMessage(at, budget),
      (onFrame, onOpaque) =>
        new MessageDecoder({ sender, limit, budget, ...(deflate && { deflate }) }, onFrame, onOpaque),
    );
  };
  return { client: side('client'), service: side('service') };
}

type MakeDecoder = (
  onFrame: ConstructorParameters<typeof MessageDecoder>[1],
  onOpaque: () => void,
) => MessageDecoder;

function frames(message: FramesMessage, make: MakeDecoder): TunnelSide {
  const decoder = make(
    (frame) => message.addFrame(frame),
    () => message.lose(0, 'malformed'),
  );
  return {
    message,
    add: (at, bytes, start, end) => decoder.push(bytes, start, end, at),
    skip: (length, cause, at) => {
      if (decoder.skip(length, cause, at)) return;
      decoder.end(cause);
      message.lose(length, cause);
    },
    end: (cause) => decoder.end(cause),
  };
}

function unread(at: TapeTime, limit: number): TunnelSide {
  const message = new Http2Message(at, limit);
  return {
    message,
    add: (_at, _bytes, start, end) => message.lose(end - start, 'opaque'),
    skip: (length) => message.lose(length, 'opaque'),
    end: () => {},
  };
}
