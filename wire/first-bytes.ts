/** What a connection speaks, by the first bytes of its client. */
export type FirstProtocol = 'http/1' | 'http/2' | 'tls';

/** What a client of HTTP/2 sends first (RFC 9113 section 3.4). No request of HTTP/1 has the method `PRI`. */
export const preface: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const firstOfPreface = 0x50;
/** A record of a TLS handshake (RFC 8446 section 5.1): its type, and the major part of its version. */
const handshake = 22;
const tlsMajor = 3;

/**
 * What the client's first bytes, `bytes` from `start` to `end`, begin; `undefined` while they could begin more than one.
 * `http/1` is all that is neither of the others.
 */
export function protocolOf(bytes: Uint8Array, start: number, end: number): FirstProtocol | undefined {
  if (start === end) return undefined;
  const first = bytes[start];
  if (first === firstOfPreface) return prefaceOr(bytes, start, end);
  if (first !== handshake) return 'http/1';
  if (start + 1 === end) return undefined;
  return bytes[start + 1] === tlsMajor ? 'tls' : 'http/1';
}

/**
 * Whether a service that speaks before its client may speak HTTP/2: its first frame, of SETTINGS, is shorter than 64 KiB
 * and so begins with a zero (RFC 9113 sections 3.4 and 4.1), which nothing of HTTP/1 does.
 */
export function mayServeHttp2(firstByte: number | undefined): boolean {
  return firstByte === 0;
}

function prefaceOr(bytes: Uint8Array, start: number, end: number): FirstProtocol | undefined {
  const length = Math.min(end - start, preface.length);
  for (let i = 1; i < length; i++) if (bytes[start + i] !== preface[i]) return 'http/1';
  return length === preface.length ? 'http/2' : undefined;
}
