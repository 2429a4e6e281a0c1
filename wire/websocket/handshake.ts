import { createHash } from 'node:crypto';
import type { HeaderField } from '../../tape/exchange.ts';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}${guid}`).digest('base64');
}

/** Whether a key is 16 bytes in base64, which a service must insist on (RFC 6455 section 4.2.1). */
export function isKey(key: string): boolean {
  return /^[+/0-9A-Za-z]{22}==$/.test(key);
}

/** Whether a head's Upgrade field names WebSocket: of the request that asks, or of the 101 that agrees. */
export function namesWebSocket(fields: readonly HeaderField[]): boolean {
  return fields.some(
    ([name, value]) =>
      name.toLowerCase() === 'upgrade' &&
      value.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket'),
  );
}
