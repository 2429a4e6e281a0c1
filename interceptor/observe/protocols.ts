import type { Protocols } from './protocol.ts';

/** The observers that look on beside that of HTTP/1: one folder each. */
export const protocols: Protocols = { upgrades: new Map() };
