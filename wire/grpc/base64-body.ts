/** The bytes of a body in base64, and where each came from. */
export interface DecodedText {
  readonly bytes: Uint8Array;
  /** The place behind the base64 that the first `length` bytes were read from. */
  sourceEnd(length: number): number;
  /** Whether the text ended in the middle of a group of four, or held something that is no base64. */
  readonly broken: boolean;
}

/**
 * Takes the base64 off a `grpc-web-text` body. Senders pad whenever they flush, so padding may stand anywhere, and what
 * follows begins a new group.
 */
export function decodeText(body: Uint8Array): DecodedText {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const runs: { readonly source: number; readonly decoded: number }[] = [];
  const pieces: Buffer[] = [];
  let decoded = 0;
  let at = 0;
  const run = /(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/y;
  while (at < text.length) {
    run.lastIndex = at;
    const found = run.exec(text)?.[0] ?? '';
    if (found === '') break;
    const piece = Buffer.from(found, 'base64');
    runs.push({ source: at, decoded });
    pieces.push(piece);
    decoded += piece.length;
    at += found.length;
  }
  return {
    bytes: Buffer.concat(pieces),
    broken: at < text.length,
    sourceEnd: (length) => {
      const begun = runs.findLast((one) => one.decoded < length);
      if (begun === undefined) return 0;
      return Math.min(begun.source + Math.ceil((length - begun.decoded) / 3) * 4, at);
    },
  };
}

/** Puts the base64 on again, each piece padded by itself, as senders do that flush message by message. */
export function encodeText(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces.map((piece) => Buffer.from(Buffer.from(piece).toString('base64'), 'latin1')));
}
