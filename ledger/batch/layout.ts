import type { GapCause } from '../../tape/gap.ts';
import { type Ending, endings, type StateProtocol } from '../segment.ts';

/**
 * A batch, format 2, all numbers little-endian; `f64` holds integers exactly up to 2^53.
 *
 * Head: format u8 · instance (u8 length, latin1) · service (u16 length, UTF-8) · clock.process f64 · clock.wallMs f64.
 * Then records, each beginning with kind u8 · flags u8 · connection f64 · time f64, and then:
 *
 * | kind | |
 * |-|-|
 * | open | client text · service text |
 * | data | offset f64 · mark.message f64 · mark.at u32 · length u32 · the bytes |
 * | skip | offset f64 · length f64 · message f64 · cause u8 |
 * | message_end | message f64 · offset f64 |
 * | end | ending u8 |
 * | opaque | cause u8 |
 * | trigger | message f64 · trigger text · fingerprint text · detail text |
 * | loss | bytes f64 · cause u8 |
 * | closed | |
 * | state | protocol u8 · length u32 · the bytes |
 * | schema | piece.set f64 · piece.index u32 · piece.count u32 · service text · length u32 · the bytes |
 * | routed | message f64 · service text |
 *
 * A text is a u16 length and UTF-8. Flag 1: the sender is the service. Flag 2: a data record's mark is set.
 *
 * Format 1 had none of `state`, `schema` and `routed`, and is read as it is: interceptors and committers are not replaced
 * in one moment.
 */
export const batchFormat = 2;
export const oldestBatchFormat = 1;

export const recordKinds = {
  open: 1,
  data: 2,
  skip: 3,
  message_end: 4,
  end: 5,
  opaque: 6,
  trigger: 7,
  loss: 8,
  closed: 9,
  state: 10,
  schema: 11,
  routed: 12,
} as const;

export const flags = { service: 1, mark: 2 } as const;

/** Bytes of what every record begins with. */
export const recordHead = 18;

/** Places in a data record, from its beginning. */
export const dataAt = { offset: 18, markMessage: 26, markAt: 34, length: 38, bytes: 42 } as const;

/** Bytes of a state record before its own. */
export const stateHead = recordHead + 5;

/** Longest text of a record, in bytes; longer ones are cut. */
export const longestText = 4096;

/** Longest `bytes` of a state record. Its record fits into any slab of an interceptor. */
export const longestState = 65_536;

/** Longest `bytes` of a schema record, likewise. */
export const longestSchemaPiece = 32_768;

/** Numbers of the causes in a batch. A number is never used for another cause. */
const causeNumbers = {
  evicted: 1,
  window_edge: 2,
  ledger_overload: 3,
  ledger_unreachable: 4,
  body_limit: 5,
  payloads_off: 6,
  opaque: 7,
  malformed: 8,
  unsealable: 9,
  in_flight_limit: 10,
  unreadable: 11,
  session_scope: 12,
  ignored: 13,
  interceptor_died: 14,
  stream_edge: 15,
  inflate_state: 16,
  tls: 17,
  pushed: 18,
} as const satisfies Record<GapCause, number>;

const causes = new Map<number, GapCause>();
for (const cause of Object.keys(causeNumbers)) {
  if (isCause(cause)) causes.set(causeNumbers[cause], cause);
}

export function causeNumber(cause: GapCause): number {
  return causeNumbers[cause];
}

export function causeOf(number: number): GapCause | undefined {
  return causes.get(number);
}

/** A protocol's number in a state record is its place here, which only grows. */
export const stateProtocols = ['http/2', 'websocket'] as const satisfies readonly StateProtocol[];

/** An ending's number in a batch is its place in `endings`, which only grows. */
export function endingNumber(how: Ending): number {
  return endings.indexOf(how);
}

function isCause(name: string): name is GapCause {
  return name in causeNumbers;
}
