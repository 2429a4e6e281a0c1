import type { StateProtocol } from '../../ledger/segment.ts';
import type { ConnectionDecoder, DecodeContext, Decoders } from './connection-decoder.ts';
import { Http2Decoder } from './http2/decoder.ts';
import { decodeH2c } from './http2/upgraded.ts';
import { decodeUpgraded, WebSocketDecoder } from './websocket/decoder.ts';

/** The decoders beside that of HTTP/1: one folder each. */
export const decoders: Decoders = {
  states: new Map<StateProtocol, (context: DecodeContext) => ConnectionDecoder>([
    ['http/2', (context) => new Http2Decoder(context)],
    ['websocket', (context) => new WebSocketDecoder(context)],
  ]),
  upgrades: new Map([
    ['h2c', decodeH2c],
    ['websocket', decodeUpgraded],
  ]),
};
