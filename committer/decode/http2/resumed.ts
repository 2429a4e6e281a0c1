import type { Sender } from '../../../ledger/segment.ts';
import type { RequestHead, ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { Http2Stream } from '../../../wire/http2/stream.ts';
import { Http2Exchange } from './exchange.ts';
import { Http2Message } from './message.ts';
import type { TunnelLimits } from './tunnel.ts';

const version = 'HTTP/2';

/**
 * The exchange of a stream that began before what is there: it begins with the first whole message of each side. Nothing
 * where no such can come: no body is made of messages, and the response's head has passed.
 */
export function resumedExchange(
  stream: Http2Stream<Http2Exchange>,
  { cause, at, limits }: { readonly cause: GapCause; readonly at: TapeTime; readonly limits: TunnelLimits },
): Http2Exchange | undefined {
  const { client, service } = stream;
  const hasMessages = client.messages !== undefined || service.messages !== undefined;
  if (!hasMessages && service.state !== 'none') return undefined;
  const { method, path: target } = stream;
  const head: RequestHead = { method, target, version, fields: client.fields, partial: true };
  const exchange = new Http2Exchange(stream.id, head, Http2Message.of(client.messages, at, limits.bodyLimit));
  if (service.state !== 'none') {
    const answered: ResponseHead = { version, status: stream.status, reason: '', fields: service.fields };
    exchange.answer(answered, limits, at, service.messages);
  }
  const missed = (sender: Sender): void => {
    const { state, bytes } = stream.message(sender);
    const message = exchange.part(sender);
    if (state === 'none' || message === undefined) return;
    message.missed = { bytes, cause };
    exchange.wait(sender);
  };
  missed('client');
  missed('service');
  exchange.requestOver = client.state === 'ended';
  exchange.responseOver = service.state === 'ended';
  exchange.note('request', cause, at);
  return exchange;
}
