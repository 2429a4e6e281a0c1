import type { Exchange } from '../../tape/exchange.ts';
import { closeIn, internalError } from '../../wire/websocket/close.ts';
import type { Outcome } from './port.ts';

const switchingProtocols = 101;
const badGateway = 1014;

/** The code with which the service closed a WebSocket when it was recorded; undefined for all else. */
export function recordedCloseCode(
  { response }: Pick<Exchange, 'response'>,
  body: Uint8Array,
): number | undefined {
  const framing = response?.body.framing;
  return framing?.kind === 'websocket' ? closeIn(framing.frames, body)?.code : undefined;
}

/** The code with which the service closed a WebSocket. */
export function closeCodeOf({ frames, body }: Outcome): number | undefined {
  return frames && body && closeIn(frames, body)?.code;
}

/**
 * The class of a WebSocket, by the code with which the service closed it, if it did: 1011 (internal error) to 1014 (bad
 * gateway) are failures of the service, as a 5xx is one; all others but 1000 and 1001 are refusals, as a 4xx is one.
 * Undefined where `status` agreed to none.
 */
export function closeClass(status: number, code: number | undefined): '2xx' | '4xx' | 'failure' | undefined {
  if (status !== switchingProtocols) return undefined;
  if (code === undefined || code === 1000 || code === 1001) return '2xx';
  return code >= internalError && code <= badGateway ? 'failure' : '4xx';
}
