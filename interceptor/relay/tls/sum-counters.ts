import type { TlsCounters } from './counters.ts';
import type { ServiceTls } from './service-tls.ts';
import type { Terminator } from './terminator.ts';

/** What all that encrypts beside one relay counts together. */
export function tlsCountersOf(
  terminator: Terminator | undefined,
  services: readonly ServiceTls[],
): TlsCounters {
  const sum = <T>(of: readonly T[], count: (one: T) => number): number =>
    of.reduce((total, one) => total + count(one), 0);
  const files = [...(terminator === undefined ? [] : [terminator]), ...services].map((one) => one.reloads);
  return {
    handshakes: terminator?.handshakes ?? 0,
    failures: terminator?.failures ?? {},
    serviceFailures: sum(services, ({ failures }) => failures),
    certificates: terminator?.certificates ?? [],
    reloads: sum(files, ({ reloads }) => reloads),
    reloadFailures: sum(files, ({ failures }) => failures),
  };
}
