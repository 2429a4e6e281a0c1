import type { Exchange } from '../../../tape/exchange.ts';

/** Why a payload cannot be sent truthfully; undefined where it can. */
export function whyUnsendable(exchange: Exchange): string | undefined {
  const { body } = exchange.request;
  if (body.lost !== undefined)
    return `${body.lost.bytes} bytes of its body are not on the tape (${body.lost.cause})`;
  if (exchange.request.head.method === 'CONNECT') return 'it opens a tunnel, which is not recorded';
  if (exchange.times.requestEnd === undefined && exchange.failure !== 'client_gone') {
    return 'the tape has not seen its request end';
  }
  return undefined;
}
