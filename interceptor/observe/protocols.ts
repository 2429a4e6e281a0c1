import { Http2Observer, upgradedObserver } from './http2/observer.ts';
import type { Protocols } from './protocol.ts';
import { observeWebSocket } from './websocket/observer.ts';

/** The observers that look on beside that of HTTP/1: one folder each. */
export const protocols: Protocols = {
  http2: (host) => new Http2Observer(host),
  upgrades: new Map([
    ['h2c', upgradedObserver],
    ['websocket', observeWebSocket],
  ]),
};
