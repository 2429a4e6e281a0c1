import { type WireType, wireTypes } from '../../wire/protobuf/field-reader.ts';
import { readInteger, viewOf, writeInteger } from '../../wire/protobuf/scalars.ts';
import type { FieldSchema } from '../../wire/protobuf/schema.ts';
import type { Place } from '../port.ts';
import { namesSecret, type ScrubText } from '../text-scrubber.ts';

/** Digits from which on a number may be a secret by its looks: a card's. */
const fewestDigits = 12;

type Type = FieldSchema['type'] | undefined;

/** What fixed-width values are read as where no schema tells. */
const fixedTypes: ReadonlyMap<WireType, FieldSchema['type']> = new Map([
  [wireTypes.fixed32, 'fixed32'],
  [wireTypes.fixed64, 'fixed64'],
]);

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
  // Written in another way than the schema says it is read as what it is.
  const own = type !== undefined && wireOf(type) === wire ? type : fixedTypes.get(wire);
  const value = readInteger(bytes, own);
  const text = value.toString();
  const digits = text.replace('-', '');
  if (digits.length < fewestDigits && !namesSecret(place)) return bytes;
  const made = scrub(digits, place);
  if (made === digits || !/^\d+$/.test(made))
    return made === digits ? bytes : writeInteger(0n, own, bytes.length);
  return writeInteger(text.startsWith('-') ? -BigInt(made) : BigInt(made), own, bytes.length);
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

/** Half of all doubles would be integers of as many digits as a card has. */
function looksLikeDouble(bytes: Uint8Array): boolean {
  const size = Math.abs(viewOf(bytes).getFloat64(0, true));
  return size >= 1e-6 && size < 1e15;
}
