import { constants, crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../limits.ts';
import { type Inflated, informed, settings } from './inflated.ts';

interface Frame extends Inflated {
  /** Bytes of the coded body that it takes. */
  readonly length: number;
}

/** The members of a gzip body (RFC 1952 section 2.2). Throws where anything but members stands in it. */
export function openGzip(bytes: Uint8Array, cut: boolean, most: number): Inflated {
  return openFrames(bytes, cut, most, (rest, left) => gzipMember(rest, cut, left));
}

/**
 * The frames of a zstd body (RFC 8878 section 3.1). Node's synchronous zstd stops after one frame (seen 2026-11,
 * Node 24), so they are opened one by one.
 */
export function openZstd(bytes: Uint8Array, cut: boolean, most: number): Inflated {
  return openFrames(bytes, cut, most, (rest, left) => {
    if (isSkippable(rest))
      return { bytes: new Uint8Array(), length: skippableLength(rest, cut), pure: false };
    const { buffer, consumed } = informed(
      zstdDecompressSync(rest, settings(left, cut, constants.ZSTD_e_flush)),
    );
    return { bytes: buffer, length: consumed, pure: true };
  });
}

function openFrames(
  bytes: Uint8Array,
  cut: boolean,
  most: number,
  next: (rest: Uint8Array, left: number) => Frame,
): Inflated {
  const frames: Uint8Array[] = [];
  let opened = 0;
  let pure = !cut;
  for (let at = 0; at < bytes.length; ) {
    if (frames.length === limits.frames) throw new RangeError('too many frames');
    // node:zlib takes no limit of 0.
    const frame = next(bytes.subarray(at), Math.max(most - opened, 1));
    if (frame.length === 0) throw new Error('a frame is empty');
    frames.push(frame.bytes);
    opened += frame.bytes.length;
    if (opened > most) throw new RangeError('opens to more than the limit');
    pure &&= frame.pure;
    at += frame.length;
  }
  return { bytes: Buffer.concat(frames), pure };
}

const flag = { headChecksum: 2, extra: 4, name: 8, comment: 16 } as const;
const headLength = 10;
const trailerLength = 8;

function gzipMember(bytes: Uint8Array, cut: boolean, most: number): Frame {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw new Error('no gzip member');
  const flags = bytes[3] ?? 0;
  const start = dataStart(bytes, flags);
  const { buffer, consumed } = informed(inflateRawSync(bytes.subarray(start), settings(most, cut)));
  const end = start + consumed;
  const trailer = Buffer.from(bytes.subarray(end, end + trailerLength));
  if (trailer.length === trailerLength) {
    const right = trailer.readUInt32LE(0) === crc32(buffer) && trailer.readUInt32LE(4) === buffer.length;
    if (!right) throw new Error('the checksum of a gzip member is wrong');
  } else if (!cut) throw new Error('a gzip member has no end');
  return { bytes: buffer, length: end + trailer.length, pure: flags === 0 };
}

/** Where a member's data begins: behind extra field, file name, comment and the checksum of the head. */
function dataStart(bytes: Uint8Array, flags: number): number {
  let at = headLength;
  if (flags & flag.extra) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const text of [flag.name, flag.comment]) {
    if (!(flags & text)) continue;
    const zero = bytes.indexOf(0, at);
    if (zero === -1) throw new Error('the head of a gzip member has no end');
    at = zero + 1;
  }
  return flags & flag.headChecksum ? at + 2 : at;
}

/** Whether a frame begins that decoders pass over (RFC 8878 section 3.1.2). */
export function isSkippable(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0xf0) === 0x50 && bytes[1] === 0x2a && bytes[2] === 0x4d && bytes[3] === 0x18;
}

function skippableLength(bytes: Uint8Array, cut: boolean): number {
  const length = 8 + (bytes.length < 8 ? 0 : Buffer.from(bytes.subarray(4, 8)).readUInt32LE(0));
  if (length > bytes.length && !cut) throw new Error('a frame has no end');
  return Math.min(length, bytes.length);
}
