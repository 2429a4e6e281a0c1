import { isIP } from 'node:net';
import type { TextScrubber } from './text-scrubber.ts';

/**
 * An address of the same kind, from a range that is private to whoever uses it (10.0.0.0/8, RFC 1918; fd00::/8,
 * RFC 4193), with the port kept. Loopback stays; what is no address is scrubbed as a text.
 */
export function mockAddress(peer: string, texts: TextScrubber): string {
  const colon = peer.lastIndexOf(':');
  const host = peer.slice(0, colon === -1 ? peer.length : colon).replace(/^\[(.*)\]$/, '$1');
  const kind = isIP(host);
  if (kind === 0) return texts.value(peer, { kind: 'text', name: '' });
  if (host.startsWith('127.') || host === '::1' || host === '::ffff:127.0.0.1') return peer;
  return peer.replace(host, mockHost(host, kind, texts));
}

function mockHost(host: string, kind: number, texts: TextScrubber): string {
  const substitute = texts.substitutes.unique(host, (draw) => {
    const [a = 0, b = 0, c = 0, ...rest] = draw(14);
    if (kind === 4) return `10.${a}.${b}.${(c % 254) + 1}`;
    return `fd${Buffer.from([a, b, c, ...rest, 0])
      .toString('hex')
      .replace(/(..)(....)(....)(....).*/, '$1:$2:$3::$4')}`;
  });
  texts.substitutes.assign(host, substitute);
  return substitute;
}
