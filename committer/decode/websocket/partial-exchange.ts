import type { RequestHead, ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { WebSocketState } from '../../../wire/websocket/state.ts';
import { PendingExchange } from '../pending-exchange.ts';
import type { FramesMessage } from './frames-message.ts';

const version = 'HTTP/1.1';
const switched: ResponseHead = { version, status: 101, reason: '', fields: [] };

/** An exchange that began before what is there: of its heads the state says method and target, the rest is missing. */
export function partialExchange(
  { message, method, target }: WebSocketState,
  request: FramesMessage,
  response: FramesMessage,
  cause: GapCause,
  at: TapeTime,
): PendingExchange {
  const head: RequestHead = { method, target, version, fields: [], partial: true };
  const exchange = new PendingExchange('http/1', message, head, request);
  exchange.response = { beganAt: at, interim: [], final: { head: switched, message: response } };
  request.missed = { cause };
  response.missed = { cause };
  exchange.note('request', cause, at);
  return exchange;
}
