import type { GatewayRoute, GatewayService, ServiceProtocol } from '../../../interceptor/gateway/config.ts';
import { Gateway } from '../../../interceptor/gateway/gateway.ts';
import { Routes } from '../../../interceptor/gateway/routes.ts';
import { BlindTaps } from '../../../interceptor/relay/blind.ts';
import { Relay } from '../../../interceptor/relay/listener.ts';
import type { TerminatorOptions } from '../../../interceptor/relay/tls/terminator.ts';

export interface Behind {
  readonly port: number;
  readonly routes: readonly Partial<GatewayRoute>[];
  readonly protocols?: readonly ServiceProtocol[];
  readonly tls?: { readonly ca: string; readonly serverName: string };
}

const plain: readonly ServiceProtocol[] = ['http/1.1'];

export function servicesOf(behind: Readonly<Record<string, Behind>>): GatewayService[] {
  return Object.entries(behind).map(([name, { port, routes, protocols = [...plain], tls }]) => ({
    name,
    target: {
      tls: tls !== undefined,
      host: '127.0.0.1',
      port,
      url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    },
    protocols: [...protocols],
    ...tls,
    routes: routes.map(({ host = '*', path = '/' }) => ({ host, path })),
  }));
}

/** A relay with a gateway behind it, and nobody who looks on. */
export async function gatewayTo(
  behind: Readonly<Record<string, Behind>>,
  clientTls?: Omit<TerminatorOptions, 'onReload'>,
  trustForwarded = false,
) {
  const services = servicesOf(behind);
  const failures: Error[] = [];
  const grpcRefused: string[] = [];
  const gateway = await Gateway.start({
    routes: new Routes(services),
    services,
    clientTls,
    trustForwarded,
    onReload: () => {},
    onServiceFailure: (error) => failures.push(error),
    onGrpcRefused: ({ name }) => grpcRefused.push(name),
  });
  const relay = new Relay({
    listen: { host: '127.0.0.1', port: 0 },
    to: gateway.opener,
    tap: new BlindTaps(),
    connectionLimit: 100,
  });
  const port = await relay.start();
  return {
    ...{ port, relay, gateway, failures, grpcRefused },
    async [Symbol.asyncDispose]() {
      await relay.drain(0);
      await gateway[Symbol.asyncDispose]();
    },
  };
}
