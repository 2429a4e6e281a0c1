/** An interceptor meets a compressed message rarely if ever, and loading this takes 2 MB. */
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');

/**
 * A message, its compression taken off; undefined where it is not of that compression, is broken, opens to more than
 * `most` bytes, or the compression is not known. `br` and `zstd` come from Connect.
 */
export function openMessage(bytes: Uint8Array, encoding: string, most: number): Uint8Array | undefined {
  const limit = { maxOutputLength: most };
  try {
    switch (encoding) {
      case '':
      case 'identity':
        return bytes.length <= most ? bytes : undefined;
      case 'gzip':
        return zlib().gunzipSync(bytes, limit);
      case 'deflate':
        return isZlib(bytes) ? zlib().inflateSync(bytes, limit) : zlib().inflateRawSync(bytes, limit);
      case 'br':
        return zlib().brotliDecompressSync(bytes, limit);
      case 'zstd':
        return zlib().zstdDecompressSync(bytes, limit);
      default:
        return undefined;
    }
  } catch {
    // Broken, or a bomb: for a reader both are messages that cannot be opened.
    return undefined;
  }
}

/** A message as a sender with that compression writes it; undefined for one that gRPC does not define. */
export function closeMessage(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  switch (encoding) {
    case '':
    case 'identity':
      return bytes;
    case 'gzip':
      return zlib().gzipSync(bytes);
    case 'deflate':
      return zlib().deflateSync(bytes);
    default:
      return undefined;
  }
}

/** RFC 1950 section 2.2; some senders leave the wrapper out. */
function isZlib(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return (first & 0x0f) === 8 && (first * 256 + (bytes[1] ?? 0)) % 31 === 0;
}
