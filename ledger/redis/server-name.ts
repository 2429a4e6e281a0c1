import { isIP } from 'node:net';

/** The name that a TLS server is asked for. An IP address is none (RFC 6066 section 3). */
export function serverName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
