import type { FieldSchema } from './schema.ts';

/** The value of a varint, unsigned. */
export function varintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) {
    value = (value << 7n) | BigInt((bytes[index] ?? 0) & 0x7f);
  }
  return BigInt.asUintN(64, value);
}

/** The shortest varint of a value; of a negative one, that of its 64 bits in two's complement. */
export function writeVarint(value: bigint | number): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

export function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

export function unzigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Where each value of a packed field ends; undefined where the bytes are no such values. */
export function packedEnds(bytes: Uint8Array, width: 'varint' | 4 | 8): readonly number[] | undefined {
  const ends: number[] = [];
  if (width !== 'varint') {
    if (bytes.length % width !== 0) return undefined;
    for (let end = width; end <= bytes.length; end += width) ends.push(end);
    return ends;
  }
  let begun = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (at - begun > 9 || (at - begun === 9 && byte > 1)) return undefined;
    if (byte < 0x80) {
      ends.push(at + 1);
      begun = at + 1;
    }
  }
  return begun === bytes.length ? ends : undefined;
}

/** Integer types of a schema; those that it does not know are read unsigned. */
type IntegerType = FieldSchema['type'] | undefined;

/** The integer that a varint, or a fixed-width value of 4 or 8 bytes, stands for. */
export function readInteger(bytes: Uint8Array, type: IntegerType): bigint {
  switch (type) {
    case 'sint32':
      return BigInt.asIntN(32, zigzag(varintOf(bytes)));
    case 'sint64':
      return zigzag(varintOf(bytes));
    case 'int32':
      return BigInt.asIntN(32, varintOf(bytes));
    case 'int64':
      return BigInt.asIntN(64, varintOf(bytes));
    case 'uint32':
      return BigInt.asUintN(32, varintOf(bytes));
    case 'fixed32':
      return BigInt(viewOf(bytes).getUint32(0, true));
    case 'sfixed32':
      return BigInt(viewOf(bytes).getInt32(0, true));
    case 'fixed64':
      return viewOf(bytes).getBigUint64(0, true);
    case 'sfixed64':
      return viewOf(bytes).getBigInt64(0, true);
    default:
      return varintOf(bytes);
  }
}

/**
 * The integer as its type is written; one that is too large for the type loses its high bits. `size` is that of the value
 * in whose place it stands.
 */
export function writeInteger(value: bigint, type: IntegerType, size: number): Uint8Array {
  switch (type) {
    case 'sint32':
      return writeVarint(unzigzag(BigInt.asIntN(32, value)));
    case 'sint64':
      return writeVarint(unzigzag(BigInt.asIntN(64, value)));
    case 'int32':
      return writeVarint(BigInt.asIntN(32, value));
    case 'uint32':
      return writeVarint(BigInt.asUintN(32, value));
    case 'fixed32':
    case 'sfixed32':
    case 'fixed64':
    case 'sfixed64':
      return fixed(value, size);
    default:
      return writeVarint(value);
  }
}

function fixed(value: bigint, size: number): Uint8Array {
  const made = new Uint8Array(size);
  if (size === 4) viewOf(made).setUint32(0, Number(BigInt.asUintN(32, value)), true);
  else viewOf(made).setBigUint64(0, BigInt.asUintN(64, value), true);
  return made;
}
