import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ServiceTls } from '../relay/tls/service-tls.ts';
import type { GatewayService } from './config.ts';

/** How http-proxy and Node's client find a service. */
export interface Upstream {
  readonly target: { protocol: string; host: string; hostname: string; port: number };
  /** What goes into a request's options. */
  readonly options: () => { maxHeaderSize: number; ALPNProtocols?: string[] } & ConnectionOptions;
}

/** Bytes of a response's head. Node's own limit is a quarter of it, and services have lived with larger ones. */
export const longestHead = 65_536;

/** How a service is reached; `tls` where it is encrypted. */
export function upstreamOf({ target, serverName }: GatewayService, tls: ServiceTls | undefined): Upstream {
  const { host, port } = target;
  const named = serverName ?? host;
  return {
    target: { protocol: tls === undefined ? 'http:' : 'https:', host, hostname: host, port },
    options: () => ({
      maxHeaderSize: longestHead,
      ...(tls === undefined
        ? {}
        : { ...tls.clientOptions, ALPNProtocols: ['http/1.1'], servername: isIP(named) === 0 ? named : '' }),
    }),
  };
}

/**
 * The connections to services: each client's connection has its own, kept open as long as it is. What a service ties to
 * a connection stays tied, and no client's request meets a connection that another one has worn out.
 */
export class Connections {
  readonly #agents = new WeakMap<Socket, Map<Upstream, HttpAgent>>();

  agentFor(client: Socket, upstream: Upstream): HttpAgent {
    const agents = this.#agents.get(client) ?? this.#begin(client);
    const known = agents.get(upstream);
    if (known !== undefined) return known;
    const agent =
      upstream.target.protocol === 'https:'
        ? new HttpsAgent({ ...upstream.options(), keepAlive: true })
        : new HttpAgent({ keepAlive: true });
    agents.set(upstream, agent);
    return agent;
  }

  #begin(client: Socket): Map<Upstream, HttpAgent> {
    const agents = new Map<Upstream, HttpAgent>();
    this.#agents.set(client, agents);
    client.once('close', () => {
      for (const agent of agents.values()) agent.destroy();
    });
    return agents;
  }
}
