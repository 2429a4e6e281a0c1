import type { GatewayRoute, GatewayService } from './config.ts';

/** Where a request goes. `no_host`: nobody serves the host; `no_path`: somebody does, but not this path. */
export type Choice =
  | { readonly kind: 'service'; readonly service: GatewayService }
  | { readonly kind: 'no_host' }
  | { readonly kind: 'no_path' };

interface Entry extends GatewayRoute {
  readonly service: GatewayService;
}

/** Of a host name in a route, for the order of routes: the more of a host it says, the more it weighs. */
const weightOfWhole = 1_000;

/**
 * Finds the service of a request by its host and path: the most specific host first (a name, then the longest `*.name`,
 * then `*`), then the longest path. A pure function of its arguments: router and observer ask it each for themselves.
 */
export class Routes {
  readonly #entries: readonly Entry[];

  constructor(services: readonly GatewayService[]) {
    this.#entries = services
      .flatMap((service) => service.routes.map((route) => ({ ...route, service })))
      .sort((a, b) => weightOf(b.host) - weightOf(a.host) || b.path.length - a.path.length);
  }

  /** `host` and `target` as the request has them: the Host field or `:authority`, the request target or `:path`. */
  choose(host: string | undefined, target: string): Choice {
    const asked = askedFor(host ?? '', target);
    let hostIsKnown = false;
    for (const { host, path, service } of this.#entries) {
      if (!fitsHost(host, asked.host)) continue;
      hostIsKnown = true;
      if (fitsPath(path, asked.path)) return { kind: 'service', service };
    }
    return { kind: hostIsKnown ? 'no_path' : 'no_host' };
  }

  /** The services of a host, whatever the path. Without a host: all; of the empty one: who takes any. */
  servicesOf(host: string | undefined): readonly GatewayService[] {
    const fitting = this.#entries.filter((entry) => host === undefined || fitsHost(entry.host, nameOf(host)));
    return [...new Set(fitting.map(({ service }) => service))];
  }
}

function weightOf(host: string): number {
  if (host === '*') return 0;
  return host.startsWith('*.') ? host.length : weightOfWhole;
}

function fitsHost(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host.length >= pattern.length;
}

/** By whole segments: `/api` means `/api` and `/api/x`, and not `/apis`. */
function fitsPath(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/';
}

/** A target in absolute form names its host itself (RFC 9112 section 3.2.2). `*` asks about the server as a whole. */
function askedFor(host: string, target: string): { readonly host: string; readonly path: string } {
  const absolute = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(target);
  if (absolute !== null) return { host: nameOf(absolute[1] ?? ''), path: absolute[2] || '/' };
  return { host: nameOf(host), path: target === '*' ? '/' : (target.split(/[?#]/, 1)[0] ?? '') };
}

/** A host without its port, lower-case, without the dot at its end. */
function nameOf(host: string): string {
  const name = /^(\[[^\]]*\]|[^:]*)/.exec(host)?.[0] ?? '';
  return name.replace(/\.$/, '').toLowerCase();
}
