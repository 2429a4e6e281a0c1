import type { ExitCode } from '../errors/index.ts';
import { parseTarget } from '../program/address.ts';
import { defineCommand } from '../program/command.ts';
import { anyText, value } from '../program/flags.ts';
import { refuseOwnAddress } from '../program/own-address.ts';
import { runCommand } from '../program/run.ts';
import { loadTunnelApart } from '../tunnel/load-apart.ts';
import { serve, serveFlags } from './serve.ts';
import { askableService, tlsFlags, tlsOf } from './tls-flags.ts';

const command = defineCommand({
  name: 'dvr-interceptor',
  about:
    'Relays the traffic of a service and records it into the ledger; asks for a tape when a trigger fires.',
  details:
    'Bytes pass before anyone looks at them. What cannot be recorded is counted as a gap and never held up.\nBefore several services: dvr-interceptor gateway --help',
  examples: [
    [
      'dvr-interceptor --config tunnel.yaml --listen 8081 --target http://localhost:8080 --ledger redis://redis:6379 --public-key committer.pub',
      'stand before a service',
    ],
    [
      'dvr-interceptor --config tunnel.yaml --listen 8443 --tls-cert tls.crt --tls-key tls.key --target https://localhost:9443 --target-ca ca.crt --ledger redis://redis:6379 --public-key committer.pub',
      'with TLS on both sides',
    ],
    [
      'dvr-interceptor --config tunnel.yaml --listen 8443 --tls-cert tls.crt --tls-key tls.key --tls-alpn h2 --tls-alpn http/1.1 --target http://localhost:50051 --ledger redis://redis:6379 --public-key committer.pub',
      'with TLS before a gRPC service in the clear',
    ],
  ],
  flags: {
    config: value('the StatefulTunnel', 'FILE', anyText, { required: true }),
    target: value('the service', 'URL', parseTarget, { required: true }),
    service: value(
      'the name of the service on tapes; by default host and port of the target',
      'NAME',
      anyText,
    ),
    ...serveFlags,
    ...tlsFlags,
  },
  positionals: {},
  json: false,
  async run({ flags, log, signal }) {
    const { target, listen } = flags;
    refuseOwnAddress(listen, target);
    const tunnel = await loadTunnelApart(flags.config);
    const ends = async (closing: AsyncDisposableStack) => {
      const tls = await tlsOf(flags, target, log);
      if (tls !== undefined) closing.use(tls);
      const service = flags.service ?? `${target.host}:${target.port}`;
      return {
        to: tls?.opener ?? target,
        tlsCounters: tls && (() => tls.counters),
        askable: [askableService(service, target, tls)],
        service,
      };
    };
    await serve({ flags, tunnel, behind: target.url, ends }, { log, signal });
    return undefined;
  },
});

/** `dvr-interceptor`. Gives the exit code and never throws. */
export function main(argv: readonly string[]): Promise<ExitCode> {
  return runCommand(command, argv);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
