import type { Decoders } from './connection-decoder.ts';
import { decodeUpgraded, WebSocketDecoder } from './websocket/decoder.ts';

/** The decoders beside that of HTTP/1: one folder each. */
export const decoders: Decoders = {
  states: new Map([['websocket', (context) => new WebSocketDecoder(context)]]),
  upgrades: new Map([['websocket', decodeUpgraded]]),
};
