import type { Exchange, WebSocketFrame } from '../../../tape/exchange.ts';
import { whyNoHttp2Head } from '../client/http2/raw-head.ts';
import { endOfRequest } from '../client/stream/bounds.ts';

/** How a recorded client may have left its request unfinished. */
const gaveUp: ReadonlySet<Exchange['failure']> = new Set(['client_gone', 'client_rst']);

/** Why a payload cannot be sent truthfully; undefined where it can. */
export function whyUnsendable(exchange: Exchange): string | undefined {
  const { head, body } = exchange.request;
  if (head.partial) return 'it began before what is on the tape, and most of its head is not there';
  if (body.framing.kind === 'websocket') return whyNoConversation(exchange.protocol, body.framing.frames);
  if (body.lost !== undefined)
    return `${body.lost.bytes} bytes of its body are not on the tape (${body.lost.cause})`;
  if (body.dropped !== undefined) return `messages of it are not on the tape (${body.dropped[0]?.cause})`;
  if (head.method === 'CONNECT') return 'it opens a tunnel, which is not recorded';
  if (exchange.times.requestEnd === undefined && !gaveUp.has(exchange.failure) && !isOpenStream(exchange)) {
    return 'the tape has not seen its request end';
  }
  return exchange.protocol === 'http/2' ? whyNoHttp2Head(head) : undefined;
}

/** A stream that outlived the tape, or that the service ended before its client did, is sent as far as it went. */
function isOpenStream(exchange: Exchange): boolean {
  if (exchange.protocol !== 'http/2') return false;
  return exchange.failure === 'in_flight' || endOfRequest(exchange) !== undefined;
}

/** Why the frames of a client cannot be sent. Those of a conversation that the tape has not seen end can. */
function whyNoConversation(
  protocol: Exchange['protocol'],
  frames: readonly WebSocketFrame[],
): string | undefined {
  if (protocol !== 'http/1') return 'it is a WebSocket over HTTP/2, which is not replayed';
  const lost = frames.find((frame) => frame.lost !== undefined)?.lost;
  return lost && `${lost.bytes} bytes of a message that it sent are not on the tape (${lost.cause})`;
}
