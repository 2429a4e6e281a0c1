import { type WireType, wireTypes } from '../../wire/protobuf/field-reader.ts';
import { unzigzag, varintOf, viewOf, writeVarint, zigzag } from '../../wire/protobuf/scalars.ts';
import type { FieldSchema } from '../../wire/protobuf/schema.ts';
import type { Place } from '../port.ts';
import { namesSecret, type ScrubText } from '../text-scrubber.ts';

/** Digits from which on a number may be a secret by its looks: a card's. */
const fewestDigits = 12;

type Type = FieldSchema['type'] | undefined;

/** Scrubs an integer by its decimal digits; the same object where nothing was hit. `type` is its schema's. */
export function scrubNumber(
  bytes: Uint8Array,
  wire: WireType,
  type: Type,
  place: Place,
  scrub: ScrubText,
): Uint8Array {
  if (type === 'bool' || type === 'enum' || type === 'double' || type === 'float') return bytes;
  if (type === undefined && bytes.length === 8 && wire === wireTypes.fixed64 && looksLikeDouble(bytes))
    return bytes;
  const value = wire === wireTypes.varint ? varint(bytes, type) : fixed(bytes, type);
  const text = value.toString();
  const digits = text.replace('-', '');
  if (digits.length < fewestDigits && !namesSecret(place)) return bytes;
  const made = scrub(digits, place);
  if (made === digits || !/^\d+$/.test(made)) return made === digits ? bytes : write(0n, bytes, wire, type);
  return write(text.startsWith('-') ? -BigInt(made) : BigInt(made), bytes, wire, type);
}

/** Scrubs the values of a packed field, which end at `ends`. */
export function scrubPacked(
  bytes: Uint8Array,
  ends: readonly number[],
  type: Type,
  place: Place,
  scrub: ScrubText,
): Uint8Array {
  const wire = wireOf(type);
  const pieces: Uint8Array[] = [];
  let start = 0;
  let hit = false;
  for (const end of ends) {
    const value = bytes.subarray(start, end);
    const made = scrubNumber(value, wire, type, place, scrub);
    if (made !== value) hit = true;
    pieces.push(made);
    start = end;
  }
  return hit ? Buffer.concat(pieces) : bytes;
}

function wireOf(type: Type): WireType {
  switch (type) {
    case 'fixed64':
    case 'sfixed64':
    case 'double':
      return wireTypes.fixed64;
    case 'fixed32':
    case 'sfixed32':
    case 'float':
      return wireTypes.fixed32;
    default:
      return wireTypes.varint;
  }
}

function varint(bytes: Uint8Array, type: Type): bigint {
  const value = varintOf(bytes);
  switch (type) {
    case 'sint32':
    case 'sint64':
      return zigzag(value);
    case 'int32':
    case 'int64':
      return BigInt.asIntN(64, value);
    default:
      return value;
  }
}

function fixed(bytes: Uint8Array, type: Type): bigint {
  const view = viewOf(bytes);
  if (bytes.length === 4)
    return BigInt(type === 'sfixed32' ? view.getInt32(0, true) : view.getUint32(0, true));
  return type === 'sfixed64' ? view.getBigInt64(0, true) : view.getBigUint64(0, true);
}

/** Half of all doubles would be integers of as many digits as a card has. */
function looksLikeDouble(bytes: Uint8Array): boolean {
  const size = Math.abs(viewOf(bytes).getFloat64(0, true));
  return size >= 1e-6 && size < 1e15;
}

/** The value in the form of `like`; one that is too large for its type loses its high bits. */
function write(value: bigint, like: Uint8Array, wire: WireType, type: Type): Uint8Array {
  if (wire === wireTypes.varint) {
    switch (type) {
      case 'sint32':
        return writeVarint(unzigzag(BigInt.asIntN(32, value)));
      case 'sint64':
        return writeVarint(unzigzag(BigInt.asIntN(64, value)));
      case 'int32':
        return writeVarint(BigInt.asIntN(32, value));
      case 'uint32':
        return writeVarint(BigInt.asUintN(32, value));
      default:
        return writeVarint(value);
    }
  }
  const made = new Uint8Array(like.length);
  if (like.length === 4) viewOf(made).setUint32(0, Number(BigInt.asUintN(32, value)), true);
  else viewOf(made).setBigUint64(0, BigInt.asUintN(64, value), true);
  return made;
}
