import type { TargetAddress } from '../../program/address.ts';

export const serviceProtocols = ['http/1.1', 'h2'] as const;
export type ServiceProtocol = (typeof serviceProtocols)[number];

/** A gateway's configuration, validated, as plain JSON. `schema.ts` makes it from YAML and is not loaded here. */
export interface GatewayConfig {
  /** The file of the StatefulTunnel. */
  readonly tunnel: string;
  /** Clients are believed what they say of who came to them. */
  readonly trustForwarded: boolean;
  readonly services: readonly GatewayService[];
}

export interface GatewayService {
  /** What its exchanges are labelled with on a tape. */
  readonly name: string;
  readonly target: TargetAddress;
  /** What it speaks. WebSocket goes with HTTP/1.1, gRPC with `h2`. */
  readonly protocols: readonly ServiceProtocol[];
  /** Of an https target: who vouches for it, and its name, as `--target-ca` and `--target-server-name`. */
  readonly ca?: string;
  readonly serverName?: string;
  readonly routes: readonly GatewayRoute[];
}

/** Requests that belong to a service. */
export interface GatewayRoute {
  /** Lower-case: a name, `*.` and a name for all names under it, or `*`. */
  readonly host: string;
  /** Begins with `/`. It means itself and what lies under it. */
  readonly path: string;
}
