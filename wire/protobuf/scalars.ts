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
