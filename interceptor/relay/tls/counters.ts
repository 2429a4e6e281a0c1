/** Why a handshake with a client failed. `protocol`: no version, cipher or protocol in common, or an alert. */
export type HandshakeFailure = 'not_tls' | 'timeout' | 'closed' | 'client_certificate' | 'protocol';

/** What the encryption of a relay counts and tells. */
export interface TlsCounters {
  readonly handshakes: number;
  readonly failures: Readonly<Partial<Record<HandshakeFailure, number>>>;
  /** Handshakes with the service that failed, though it accepted the connection. */
  readonly serviceFailures: number;
  readonly certificates: readonly CertificateState[];
  readonly reloads: number;
  readonly reloadFailures: number;
}

export interface CertificateState {
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
