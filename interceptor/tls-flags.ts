import net from 'node:net';
import { DvrError } from '../errors/index.ts';
import type { TargetAddress } from '../program/address.ts';
import { anyText, type FlagValues, list, oneOf, value } from '../program/flags.ts';
import type { Log } from '../program/log.ts';
import { type AskableService, authorityOf } from './reflection/schemas.ts';
import { connectOptions } from './relay/ends.ts';
import type { CertificateFiles } from './relay/tls/certificate.ts';
import type { TlsCounters } from './relay/tls/counters.ts';
import type { RelayTls, RelayTlsOptions } from './relay/tls/relay-tls.ts';
import type { TerminatorOptions } from './relay/tls/terminator.ts';

const clientAuth = ['required', 'optional'] as const;
const protocols = ['h2', 'http/1.1'] as const;

/** What a relay takes to end the encryption of its clients. */
export const clientTlsFlags = {
  tlsCert: list('the certificate shown to clients, PEM, leaf first; several: chosen by SNI', 'FILE', anyText),
  tlsKey: list('the key of each --tls-cert, in the same order', 'FILE', anyText),
  tlsClientCa: value('authorities whose certificates let clients in', 'FILE', anyText),
  tlsClientAuth: value(
    'with --tls-client-ca: who shows no certificate is kept out, or let in',
    'WHO',
    oneOf(clientAuth),
    { default: 'required', choices: clientAuth },
  ),
};

/** What a relay before one service takes to encrypt, for `dvr-interceptor` and `dvr-cli record`. */
export const tlsFlags = {
  ...clientTlsFlags,
  tlsAlpn: list(
    'a protocol that clients may choose; by default what an https target takes, http/1.1 for an http one',
    'NAME',
    oneOf(protocols),
    { choices: protocols },
  ),
  targetCa: value("authorities that vouch for an https target, in place of the system's", 'FILE', anyText),
  targetServerName: value("the name in the target's certificate; by default its host", 'NAME', anyText),
  targetCert: value('a certificate of our own for a target that asks for one', 'FILE', anyText),
  targetKey: value('its key', 'FILE', anyText),
};

type Given = FlagValues<typeof tlsFlags>;

/** How often failures with the service are logged at most, milliseconds. */
const tellEveryMs = 10_000;

/**
 * The encryption that the flags ask for; `undefined` where both sides are in the clear. Nothing of TLS is loaded then.
 * Throws `usage` for flags that do not fit together and `certificate-invalid`, naming the file.
 */
export async function tlsOf(given: Given, target: TargetAddress, log: Log): Promise<RelayTls | undefined> {
  const clients = clientTlsOf(given);
  refuseStray(given, target);
  if (clients === undefined && !target.tls) return undefined;
  const { RelayTls } = await import('./relay/tls/relay-tls.ts');
  const { tlsAlpn, targetCa, targetServerName } = given;
  const own = ownCertificate(given);
  const tls = new RelayTls({
    target,
    clients,
    service: target.tls
      ? {
          ...(targetCa === undefined ? {} : { ca: targetCa }),
          ...(targetServerName === undefined ? {} : { serverName: targetServerName }),
          ...(own === undefined ? {} : { certificate: own }),
        }
      : undefined,
    ...(tlsAlpn.length === 0 ? {} : { protocols: tlsAlpn }),
    ...tellersOf(log),
    onNoProtocol: noProtocolTeller(log),
  });
  warnOfExpired(tls.counters, log);
  return tls;
}

/** How clients' encryption ends by the flags; `undefined` where it does not. Throws `usage`. */
export function clientTlsOf(
  given: FlagValues<typeof clientTlsFlags>,
): Omit<TerminatorOptions, 'onReload'> | undefined {
  const certificates = pairs(given);
  const { tlsClientCa: ca, tlsClientAuth } = given;
  if (certificates.length > 0) {
    return {
      certificates,
      ...(ca === undefined ? {} : { clients: { ca, required: tlsClientAuth === 'required' } }),
    };
  }
  if (ca === undefined) return undefined;
  throw strayError('--tls-client-ca', 'clients are not encrypted', 'Give --tls-cert and --tls-key.');
}

/** Who is told of certificates that changed, and of services that fail their handshake. */
export function tellersOf(log: Log): Pick<RelayTlsOptions, 'onReload' | 'onServiceFailure'> {
  return { onReload: (fault) => tellReload(fault, log), onServiceFailure: serviceFailureTeller(log) };
}

export function warnOfExpired({ certificates }: Pick<TlsCounters, 'certificates'>, log: Log): void {
  for (const { file, expiresAt } of certificates) {
    if (expiresAt < Date.now()) log.warn('a certificate has expired; clients will refuse it', { file });
  }
}

function pairs({ tlsCert, tlsKey }: FlagValues<typeof clientTlsFlags>): readonly CertificateFiles[] {
  if (tlsCert.length !== tlsKey.length) {
    throw new DvrError('usage', `there are ${tlsCert.length} --tls-cert and ${tlsKey.length} --tls-key`, {
      where: tlsCert.length > tlsKey.length ? '--tls-cert' : '--tls-key',
      hint: 'Give one --tls-key for each --tls-cert, in the same order.',
    });
  }
  return tlsCert.map((cert, index) => ({ cert, key: tlsKey[index] ?? '' }));
}

function ownCertificate({ targetCert: cert, targetKey: key }: Given): CertificateFiles | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return { cert, key };
}

/** Flags that mean nothing beside the others. */
function refuseStray(given: Given, target: TargetAddress): void {
  const { tlsCert, tlsAlpn, targetCa, targetServerName, targetCert, targetKey } = given;
  if (tlsCert.length === 0 && tlsAlpn.length > 0) {
    throw strayError('--tls-alpn', 'clients are not encrypted', 'Give --tls-cert and --tls-key.');
  }
  if ((targetCert === undefined) !== (targetKey === undefined)) {
    const [where, other] =
      targetCert === undefined ? ['--target-key', '--target-cert'] : ['--target-cert', '--target-key'];
    throw strayError(where, `there is no ${other}`, `Give ${other} as well.`);
  }
  const ofTarget = Object.entries({
    '--target-ca': targetCa,
    '--target-server-name': targetServerName,
    '--target-cert': targetCert,
  }).find(([, given]) => given !== undefined);
  if (ofTarget !== undefined && !target.tls) {
    throw strayError(
      ofTarget[0],
      'the target is http',
      `Write --target https://${target.host}:${target.port}`,
    );
  }
}

function strayError(where: string, why: string, hint: string): DvrError {
  return new DvrError('usage', `${where} means nothing here: ${why}`, { where, hint });
}

function tellReload(fault: unknown, log: Log): void {
  if (fault === undefined) log.info('certificates that changed were loaded; open connections keep theirs');
  else log.fault('certificates changed and cannot be used; those from before stay in use', fault);
}

function serviceFailureTeller(log: Log): (error: Error) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    log.warn('the TLS handshake with the service failed; its client was reset', {
      code: Reflect.get(error, 'code'),
      reason: error.message,
      hint: 'Check --target-ca and --target-server-name, and what the service asks for.',
    });
  };
}

/** Tells it once: what clients ask for does not change. */
export function noProtocolTeller(log: Log): (offered: readonly string[]) => void {
  let told = false;
  return (offered) => {
    if (told) return;
    told = true;
    const asked = protocols.filter((protocol) => offered.includes(protocol));
    const wanted = asked.length === 0 ? 'other protocols than are offered' : `${asked.join(', ')} only`;
    log.warn(`clients ask for ${wanted}; their TLS handshake fails`, {
      hint: 'Where the service speaks HTTP/2 in the clear, as those of gRPC do: add --tls-alpn h2 --tls-alpn http/1.1',
    });
  };
}

/** The one service of a relay, for who asks it for its schemas. */
export function askableService(
  name: string,
  target: TargetAddress,
  tls: RelayTls | undefined,
): AskableService {
  const connect = async (): Promise<net.Socket> =>
    (await tls?.connect(['h2'])) ?? net.connect(connectOptions(target));
  return { name, authority: authorityOf(target), connect };
}
