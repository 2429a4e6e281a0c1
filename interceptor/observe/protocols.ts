import type { Protocols } from './protocol.ts';
import { observeWebSocket } from './websocket/observer.ts';

/** The observers that look on beside that of HTTP/1: one folder each. */
export const protocols: Protocols = { upgrades: new Map([['websocket', observeWebSocket]]) };
