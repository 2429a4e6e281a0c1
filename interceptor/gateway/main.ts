import type { ExitCode } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import { anyText, value } from '../../program/flags.ts';
import { refuseOwnAddress } from '../../program/own-address.ts';
import { runCommand } from '../../program/run.ts';
import { loadTunnelApart } from '../../tunnel/load-apart.ts';
import { serve, serveFlags } from '../serve.ts';
import { clientTlsFlags, clientTlsOf, tellersOf, warnOfExpired } from '../tls-flags.ts';
import { silenceHttpProxy } from './deprecations.ts';
import { Gateway } from './gateway.ts';
import { grpcRefusedTeller } from './grpc-refused.ts';
import { loadGatewayApart } from './load-apart.ts';
import { gatewayService } from './names.ts';
import { Routes } from './routes.ts';
import { routingBy } from './routing.ts';

const command = defineCommand({
  name: 'dvr-interceptor gateway',
  about: 'Relays and records the traffic of several services behind one listener, routed by host and path.',
  details:
    'For places without sidecars. The services, their routes and the tunnel stand in the configuration file.\nRequests of HTTP/1 and WebSockets are routed one by one, HTTP/2 and gRPC by connection.',
  examples: [
    [
      'dvr-interceptor gateway --config gateway.yaml --listen 8080 --ledger redis://redis:6379 --public-key committer.pub',
      'stand before all services of gateway.yaml',
    ],
  ],
  flags: {
    config: value('the services, their routes and the tunnel', 'FILE', anyText, { required: true }),
    ...serveFlags,
    ...clientTlsFlags,
  },
  positionals: {},
  json: false,
  async run({ flags, log, signal }) {
    silenceHttpProxy();
    const { tunnel: file, services, trustForwarded } = await loadGatewayApart(flags.config);
    for (const { target } of services) refuseOwnAddress(flags.listen, target);
    const tunnel = await loadTunnelApart(file);
    const routes = new Routes(services);
    const ends = async (closing: AsyncDisposableStack) => {
      const clientTls = clientTlsOf(flags);
      const gateway = closing.use(
        await Gateway.start({
          ...{ routes, services, clientTls, trustForwarded, ...tellersOf(log) },
          onGrpcRefused: grpcRefusedTeller(log),
        }),
      );
      if (gateway.tlsCounters !== undefined) warnOfExpired(gateway.tlsCounters, log);
      return {
        to: gateway.opener,
        routing: routingBy(routes),
        tlsCounters: () => gateway.tlsCounters,
        askable: gateway.askable,
        service: gatewayService,
      };
    };
    const behind = services.map(({ name }) => name).join(', ');
    await serve({ flags, tunnel, behind, ends }, { log, signal });
    return undefined;
  },
});

/** `dvr-interceptor gateway`. Gives the exit code and never throws. */
export function main(argv: readonly string[]): Promise<ExitCode> {
  return runCommand(command, argv);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
