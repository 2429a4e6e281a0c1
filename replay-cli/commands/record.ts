import { once } from 'node:events';
import { hostname } from 'node:os';
import { EmbeddedCommitter } from '../../committer/embedded.ts';
import type { EmbeddedEvent } from '../../committer/embedded-messages.ts';
import { DvrError } from '../../errors/index.ts';
import { adminPaths } from '../../interceptor/admin/paths.ts';
import { faultReporter, surviveFaults } from '../../interceptor/faults.ts';
import { Interceptor } from '../../interceptor/interceptor.ts';
import type { RelayTls } from '../../interceptor/relay/tls/relay-tls.ts';
import { askableService, tlsFlags, tlsOf } from '../../interceptor/tls-flags.ts';
import { MemoryLedger } from '../../ledger/memory/memory-ledger.ts';
import { retentionMs } from '../../ledger/retention.ts';
import { type ListenAddress, parseListen, parseTarget, type TargetAddress } from '../../program/address.ts';
import { AdminServer } from '../../program/admin-server.ts';
import { defineCommand } from '../../program/command.ts';
import { parseVaultUrl, type VaultEndpoint } from '../../program/endpoint.ts';
import { anyText, duration, oneOf, type Parse, value } from '../../program/flags.ts';
import type { Log } from '../../program/log.ts';
import { refuseOwnAddress } from '../../program/own-address.ts';
import { generateKeyPair, parseSealingKey } from '../../sealing/index.ts';
import type { TunnelConfig } from '../../tunnel/config.ts';
import { defaultTunnelApart, loadTunnelApart } from '../../tunnel/load-apart.ts';
import { counted } from '../counted.ts';
import { narrowedTunnel } from '../record/narrowed-tunnel.ts';
import { namedVault, vaultFlag } from '../vault-flag.ts';

const drainDeadlineMs = 2_000;
/** Beside tail and wait for exchanges in flight: decoding, scrubbing, writing. */
const commitDeadlineMs = 30_000;

/** The vault, and how it was written: the next command needs it so. */
const withText: Parse<{ readonly text: string; readonly endpoint: VaultEndpoint }> = (text, where) => ({
  text,
  endpoint: parseVaultUrl(text, where),
});

export const command = defineCommand({
  name: 'record',
  about: 'Stands before a local service, records its traffic in memory, and makes a tape when it fails.',
  details:
    'Send your requests to --listen. Nothing but scrubbed tapes is ever written; Ctrl-C makes those under way and ends.',
  examples: [
    ['dvr-cli record --target http://localhost:8080 --listen 8081', 'record a service on this machine'],
    [
      'dvr-cli record --target http://localhost:8080 --listen 8081 --session-cookie sid --scope session',
      'only the session that failed',
    ],
    [
      'dvr-cli record --target http://localhost:50051 --listen 8443 --tls-cert tls.crt --tls-key tls.key --tls-alpn h2 --tls-alpn http/1.1',
      'a gRPC service in the clear, for clients that speak TLS',
    ],
  ],
  flags: {
    target: value('the service', 'URL', parseTarget, { required: true }),
    listen: value('where clients connect; on loopback where no host is given', '[HOST:]PORT', parseListen, {
      required: true,
    }),
    config: value('a StatefulTunnel; by default one that fires on 5xx and on exceptions', 'FILE', anyText),
    vault: value(vaultFlag.about, vaultFlag.placeholder, withText),
    sessionCookie: value('the cookie that tells the sessions of clients apart', 'NAME', anyText),
    sessionHeader: value('the header that does', 'NAME', anyText),
    scope: value(
      'what a tape holds: all traffic, or the session that failed',
      'SCOPE',
      oneOf(['tunnel', 'session']),
      {
        choices: ['tunnel', 'session'],
      },
    ),
    tail: value('how long after the failure the tape goes on', 'TIME', duration),
    admin: value('health, metrics, state, and `dvr-cli commit`', '[HOST:]PORT', parseListen),
    ...tlsFlags,
  },
  positionals: {},
  json: true,
  async run({ flags, folders, json, print, log, signal }) {
    const { target, admin } = flags;
    const listen = { ...flags.listen, host: flags.listen.host ?? '127.0.0.1' };
    refuseOwnAddress(listen, target);
    const tunnel = narrowedTunnel(await tunnelOf(flags.config), flags);
    const vault = namedVault(flags.vault?.endpoint, folders);
    const { publicPem, privatePem } = generateKeyPair();
    const ledger = new MemoryLedger();
    const onFault = faultReporter(log);
    using _ = surviveFaults(onFault);
    using tls = await tlsOf(flags, target, log);
    await using interceptor = interceptorOf(tunnel, { target, listen, tls }, ledger, publicPem, onFault);
    const port = await interceptor.start();
    const onEvent = (event: EmbeddedEvent): void =>
      tell(event, { json, print, log, fetchFrom: flags.vault?.text });
    await using committer = new EmbeddedCommitter({ tunnel, ledger, vault, privatePem, onEvent });
    const paths = adminPaths(
      () => interceptor.state,
      () => interceptor.commit(),
    );
    await using server = admin && (await AdminServer.listen(paths, admin));
    log.info(`recording: port ${port} to ${target.url}`, { admin: server?.port });
    if (!signal.aborted) await once(signal, 'abort');
    await interceptor.drain(drainDeadlineMs);
    const { tailMs, inFlightMs } = tunnel.commit;
    if (!(await committer.finish(tailMs + inFlightMs + commitDeadlineMs))) {
      throw new DvrError('output-failed', 'a tape under way was not written in time and is lost');
    }
    return undefined;
  },
});

interface Ends {
  readonly target: TargetAddress;
  readonly listen: ListenAddress;
  readonly tls: RelayTls | undefined;
}

function interceptorOf(
  tunnel: TunnelConfig,
  { target, listen, tls }: Ends,
  ledger: MemoryLedger,
  publicPem: string,
  onFault: (fault: unknown) => void,
): Interceptor {
  const owner = { namespace: tunnel.namespace, tunnel: tunnel.name, pod: hostname() };
  return new Interceptor({
    ...{ tunnel, listen, owner, onFault },
    to: tls?.opener ?? target,
    askable: [askableService(`${target.host}:${target.port}`, target, tls)],
    tlsCounters: tls && (() => tls.counters),
    service: `${target.host}:${target.port}`,
    recipient: parseSealingKey(publicPem, 'the key of this recording'),
    appender: ledger.appender(owner, tunnel.capture.ledgerBudget, retentionMs(tunnel)),
  });
}

function tunnelOf(config: string | undefined): Promise<TunnelConfig> {
  return config === undefined ? defaultTunnelApart('record') : loadTunnelApart(config);
}

interface Telling {
  readonly json: boolean;
  readonly print: (line: string) => void;
  readonly log: Log;
  /** The vault, where it is not the default one. */
  readonly fetchFrom: string | undefined;
}

function tell(event: EmbeddedEvent, { json, print, log, fetchFrom }: Telling): void {
  switch (event.kind) {
    case 'committed': {
      const { id, exchanges, gaps } = event;
      const next = `dvr-cli fetch ${id}${fetchFrom === undefined ? '' : ` --vault '${fetchFrom}'`}`;
      if (json) print(JSON.stringify({ tape: id, exchanges, gaps, next }));
      else print(`${id}: ${counted(exchanges, 'exchanges')}, ${counted(gaps, 'gaps')}. Next: ${next}`);
      return;
    }
    case 'failed':
      log.error(`a commit failed and is made again: ${event.text}`, { code: event.code, hint: event.hint });
      return;
    case 'gave_up':
      log.error('a commit was given up: no tape was made', { requests: event.requests });
  }
}
