import type { TLSSocket } from 'node:tls';
import type { HandshakeFailure } from './counters.ts';

const byCode: Readonly<Record<string, HandshakeFailure>> = {
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ERR_SSL_HTTP_REQUEST: 'not_tls',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'client_certificate',
  ERR_SSL_CERTIFICATE_VERIFY_FAILED: 'client_certificate',
};

/** Why a client's handshake failed, by the codes of Node and OpenSSL. */
export function failureOf(error: Error, socket: TLSSocket): HandshakeFailure {
  // Node closes the socket of a client whose certificate nobody vouches for, and reports the closing.
  if (socket.authorizationError) return 'client_certificate';
  return byCode[String(Reflect.get(error, 'code'))] ?? 'protocol';
}
