import type { ExceptionType } from '../triggers/index.ts';
import { pseudonym } from './names.ts';

/** Why the gateway answers itself: an error type of RFC 9209 section 2.3, and what an observer makes of it. */
export interface GatewayFault {
  readonly error: string;
  readonly details?: ExceptionType;
}

const refused: ReadonlySet<string> = new Set([
  'connection_refused',
  'connection_timeout',
  'destination_unavailable',
  'dns_error',
  'tls_certificate_error',
  'tls_protocol_error',
]);

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ETIMEDOUT: 'connection_timeout',
  EHOSTUNREACH: 'destination_unavailable',
  ENETUNREACH: 'destination_unavailable',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
};

/** What it means that no response came, by the error of Node's client. */
export function faultOf(error: Error): GatewayFault {
  const code = String(Reflect.get(error, 'code'));
  const known = byCode[code];
  if (known !== undefined) return { error: known };
  if (/CERT|ALTNAME|SIGNATURE|ISSUER/.test(code)) return { error: 'tls_certificate_error' };
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return { error: 'tls_protocol_error' };
  if (code.startsWith('HPE_') || code.startsWith('ERR_HTTP') || code.startsWith('ERR_INVALID')) {
    return { error: 'http_protocol_error' };
  }
  return { error: 'connection_terminated', details: wasReset(error) ? 'reset' : 'closed' };
}

/** Whether a connection ended by reset; Node gives the same code to one that was closed without a response. */
export function wasReset(error: Error): boolean {
  const [code, call] = [Reflect.get(error, 'code'), Reflect.get(error, 'syscall')];
  return (code === 'ECONNRESET' || code === 'EPIPE') && call !== undefined;
}

/** The value of a Proxy-Status field. */
export function proxyStatus({ error, details }: GatewayFault): string {
  return `${pseudonym}; error=${error}${details === undefined ? '' : `; details="${details}"`}`;
}

/** What failed the exchange, by the Proxy-Status of a response; `undefined` for one that came from a service. */
export function exceptionIn(status: string | undefined): ExceptionType | undefined {
  const match = /^dvr-gateway; error=([a-z_]+)(?:; details="(reset|closed)")?$/.exec(status ?? '');
  const [, error = '', details] = match ?? [];
  if (refused.has(error)) return 'refused';
  return details === 'reset' || details === 'closed' ? details : undefined;
}
