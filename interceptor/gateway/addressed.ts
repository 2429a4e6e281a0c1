/** Whom a request is for: `undefined` where it names no host, as it may in HTTP/1.0. */
export interface Addressed {
  readonly host: string | undefined;
}

/**
 * The host of a request, by its lines of Host: that of a target in absolute form, whatever the Host field says (RFC 9112 section 3.2.2).
 * `undefined` for a request that has to be refused, since others might understand another host: with several lines of
 * Host (section 3.2), or a target with a user or without a host (RFC 9110 sections 4.2.1 and 4.2.4).
 */
export function addressed(hosts: readonly string[], target: string): Addressed | undefined {
  if (hosts.length > 1) return undefined;
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (absolute === undefined) return { host: hosts[0] };
  return absolute === '' || absolute.includes('@') ? undefined : { host: absolute };
}
