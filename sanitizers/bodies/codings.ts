import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
} from 'node:zlib';
import { limits } from '../limits.ts';
import { isSkippable, openGzip, openZstd } from './frames.ts';
import { type Inflated, settings, whole } from './inflated.ts';

/** A content coding that was taken off, and how it is put on again. */
export interface Opened extends Inflated {
  close(bytes: Uint8Array): Uint8Array;
}

/** What may still be opened for one tape. A window of small bombs would cost hours otherwise. */
export class Allowance {
  #left: number;

  constructor(bytes: number = limits.openedTotalBytes) {
    this.#left = bytes;
  }

  /** The most that the next coding may open to. */
  get next(): number {
    return Math.min(limits.openedBytes, this.#left);
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}

type Open = (bytes: Uint8Array, cut: boolean, most: number) => Opened;

/**
 * The content codings of RFC 9110 section 8.4.1, brotli and zstd. Each throws where the bytes are not of that coding,
 * are broken, or open to more than the limit; a body that was cut opens as far as it goes.
 */
const codings: ReadonlyMap<string, Open> = new Map<string, Open>([
  ['gzip', (bytes, cut, most) => ({ ...openGzip(bytes, cut, most), close: (made) => gzipSync(made) })],
  ['deflate', openDeflate],
  [
    'br',
    (bytes, cut, most) => ({
      bytes: whole(brotliDecompressSync(bytes, settings(most, cut, constants.BROTLI_OPERATION_FLUSH)), bytes),
      // Metadata blocks (RFC 7932 section 9.2) cannot be told without decoding all of it.
      pure: false,
      close: (made) => brotliCompressSync(made, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
    }),
  ],
  [
    'zstd',
    (bytes, cut, most) => ({ ...openZstd(bytes, cut, most), close: (made) => zstdCompressSync(made) }),
  ],
]);

/** Takes codings off, the outermost (last) first. `undefined` where that cannot be done. */
export function open(
  bytes: Uint8Array,
  names: readonly string[],
  cut: boolean,
  allowance: Allowance,
): Opened | undefined {
  const coded = names.map((name) => name.replace(/^x-/, '')).filter((name) => name !== 'identity');
  if (coded.length > limits.codings) return undefined;
  let current = bytes;
  const layers: Opened[] = [];
  for (const name of coded.toReversed()) {
    const layer = openOne(current, name, cut, allowance);
    if (layer === undefined) return undefined;
    layers.push(layer);
    current = layer.bytes;
  }
  return {
    bytes: current,
    pure: layers.every((layer) => layer.pure),
    close: (made) => layers.reduceRight((inner, layer) => layer.close(inner), made),
  };
}

/** Broken, of another coding, or a bomb: for the caller all of them are bodies that cannot be read. */
function openOne(bytes: Uint8Array, name: string, cut: boolean, allowance: Allowance): Opened | undefined {
  const coding = codings.get(name);
  const most = allowance.next;
  if (coding === undefined || most <= 0) return undefined;
  try {
    const layer = coding(bytes, cut, most);
    allowance.spend(layer.bytes.length);
    return layer;
  } catch (error) {
    // Of the errors of a coding only those of size are range errors.
    allowance.spend(error instanceof RangeError ? most : 0);
    return undefined;
  }
}

/** The codings that a `Content-Encoding` names, in order. */
export function codingsOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/** The codings that a body's own first bytes tell where its head tells none. */
export function sniffCodings(bytes: Uint8Array): readonly string[] {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return ['gzip'];
  const data = bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
  if (data || isSkippable(bytes)) return ['zstd'];
  return [];
}

/** Deflate is zlib's format by the standard (RFC 9110 section 8.4.1.2) and raw from some senders. */
function openDeflate(bytes: Uint8Array, cut: boolean, most: number): Opened {
  const first = bytes[0] ?? 0;
  const zlib = (first & 0x0f) === 8 && (first * 256 + (bytes[1] ?? 0)) % 31 === 0;
  const close = zlib ? deflateSync : deflateRawSync;
  return {
    pure: !cut,
    bytes: whole((zlib ? inflateSync : inflateRawSync)(bytes, settings(most, cut)), bytes),
    close: (made) => close(made),
  };
}
