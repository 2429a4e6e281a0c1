import { DvrError } from '../errors/index.ts';
import { nearest } from './suggest.ts';

/** Where to listen. Port 0 lets the system choose. */
export interface ListenAddress {
  /** `undefined`: every address of the machine, IPv6 included. */
  readonly host: string | undefined;
  readonly port: number;
}

/** A service that traffic goes to. */
export interface TargetAddress {
  readonly tls: boolean;
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** The normalised URL without a path: `http://localhost:8080`. */
  readonly url: string;
}

/** `8081`, `:8081`, `127.0.0.1:8081`, `[::1]:8081`. */
export function parseListen(text: string, where: string): ListenAddress {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^[\]:]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new DvrError(
      'usage',
      `${where} takes PORT or HOST:PORT, not ${JSON.stringify(text.slice(0, 60))}`,
      {
        where,
        hint: 'Write for example 8081, 127.0.0.1:8081 or [::1]:8081; 0 lets the system choose a port.',
      },
    );
  }
  const host = match[1]?.replace(/^\[|\]$/g, '');
  return { host: host || undefined, port };
}

/** A WebSocket begins as a request of HTTP. */
const httpOf: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };

/** `http://host[:port]` or `https://host[:port]`, with nothing behind it. */
export function parseTarget(text: string, where: string): TargetAddress {
  const url = URL.parse(text);
  if (url === null) {
    const hint = /^[\w.-]+:\d+$/.test(text)
      ? `Write http://${text}`
      : 'Write for example http://localhost:8080';
    throw new DvrError('url-invalid', `${where} is not a URL`, { where, hint });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const near = httpOf[url.protocol] ?? nearest(url.protocol, ['http:', 'https:']);
    throw new DvrError('url-invalid', `${where} must begin with http:// or https://, not ${url.protocol}`, {
      where,
      hint: near === undefined ? 'Write for example http://localhost:8080' : `Did you mean ${near}//?`,
    });
  }
  if (
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new DvrError('url-invalid', `${where} names a host and a port and nothing else`, {
      where,
      hint: `Write ${url.protocol}//${url.host}`,
    });
  }
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  return { tls, host: url.hostname.replace(/^\[|\]$/g, ''), port, url: url.origin };
}
