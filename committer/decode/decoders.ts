import type { Decoders } from './connection-decoder.ts';

/** The decoders beside that of HTTP/1: one folder each. */
export const decoders: Decoders = { states: new Map(), upgrades: new Map() };
