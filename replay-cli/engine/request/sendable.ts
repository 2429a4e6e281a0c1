import type { Exchange } from '../../../tape/exchange.ts';

/** Why a payload cannot be sent truthfully; undefined where it can. */
export function whyUnsendable(exchange: Exchange): string | undefined {
  const { head, body } = exchange.request;
  if (head.partial) return 'it began before what is on the tape, and most of its head is not there';
  if (exchange.protocol !== 'http/1') return `it is ${exchange.protocol}, which is not replayed yet`;
  if (body.framing.kind === 'websocket') return 'it became a WebSocket, which is not replayed yet';
  if (body.lost !== undefined)
    return `${body.lost.bytes} bytes of its body are not on the tape (${body.lost.cause})`;
  if (head.method === 'CONNECT') return 'it opens a tunnel, which is not recorded';
  if (exchange.times.requestEnd === undefined && exchange.failure !== 'client_gone') {
    return 'the tape has not seen its request end';
  }
  return undefined;
}
