import type { ExchangeFailure, Protocol } from '../exchange.ts';

/**
 * The bytes of `exchanges.idx`, little-endian: header, frames of the exchanges part, frames of the bodies part, rows in
 * the order of ids, ends of the strings, strings. docs/tape-format.md is the reference.
 */
export const magic = Buffer.from('DVRINDEX', 'latin1');

export const header = {
  format: 8,
  rowWidth: 12,
  exchanges: 16,
  payloads: 20,
  exchangeFrames: 24,
  bodyFrames: 28,
  strings: 32,
  stringBytes: 36,
  /** Zero. */
  reserved: 40,
  width: 48,
} as const;

/** A frame: its compressed and its decompressed size, four bytes each. Frames follow each other without a hole. */
export const frame = { compressed: 0, content: 4, width: 8 } as const;

/** A row: offsets of its fields. Times are IEEE 754 doubles that hold integers, NaN where there is none. */
export const row = {
  requestStart: 0,
  requestEnd: 8,
  responseStart: 16,
  responseEnd: 24,
  requestBytes: 32,
  responseBytes: 36,
  connection: 40,
  message: 44,
  status: 48,
  flags: 50,
  failure: 52,
  protocol: 53,
  method: 56,
  target: 60,
  service: 64,
  session: 68,
  recordFrame: 72,
  recordOffset: 76,
  recordBytes: 80,
  width: 88,
} as const;

export const flags = {
  outbound: 1,
  requestTruncated: 2,
  responseTruncated: 4,
  triggered: 8,
  hasGaps: 16,
  targetCut: 32,
  partial: 64,
} as const;

export const protocolCodes = { 'http/1': 1, 'http/2': 2 } as const satisfies Record<Protocol, number>;

/** 0 stands for none. */
export const failureCodes = {
  service_reset: 1,
  service_closed: 2,
  service_refused: 3,
  client_gone: 4,
  in_flight: 5,
  gap: 6,
  service_rst: 7,
  client_rst: 8,
} as const satisfies Record<ExchangeFailure, number>;

/** Stands for a string that there is none of. */
export const noString = 0xffff_ffff;

/** Characters of a request target that the index keeps; the record has it whole. */
export const targetLimit = 1024;
