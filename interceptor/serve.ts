import { once } from 'node:events';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { DvrError } from '../errors/index.ts';
import type { LedgerAppender } from '../ledger/port.ts';
import { RedisAppender } from '../ledger/redis/redis-appender.ts';
import { retentionMs } from '../ledger/retention.ts';
import { parseListen } from '../program/address.ts';
import { AdminServer } from '../program/admin-server.ts';
import type { Invocation } from '../program/command.ts';
import { describeEndpoint, type LedgerEndpoint, parseLedgerUrl } from '../program/endpoint.ts';
import { anyText, duration, type FlagValues, value } from '../program/flags.ts';
import type { Log } from '../program/log.ts';
import { readSealingKey } from '../sealing/index.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import { adminPaths } from './admin/paths.ts';
import { faultReporter, surviveFaults } from './faults.ts';
import { Interceptor, type InterceptorOptions } from './interceptor.ts';
import { watchLedger } from './watch-ledger.ts';

const flushDeadlineMs = 5_000;

/**
 * 2026-11-21, Node 24.21: V8 lets the young generation grow to 48 MB where much is allocated and little lives long, as
 * here. Kept at its first size it costs no CPU that could be measured, and saves memory: under load over 1,000
 * connections 93 MB are resident in place of 122. `npm run bench` tells the memory. It is read at every collection, so
 * that setting it now is in time; the size itself could be given to `node` alone. `--optimize-for-size` would save 2 to
 * 10 MB more, and costs 2 % of the CPU at saturation.
 */
const keepYoungGenerationSmall = '--semi-space-growth-factor=1';

/** What every program takes that relays and records. */
export const serveFlags = {
  listen: value('where clients connect', '[HOST:]PORT', parseListen, { required: true }),
  ledger: value('the ledger', 'URL', parseLedgerUrl, { required: true }),
  publicKey: value("the committers' public key", 'FILE', anyText, { required: true }),
  admin: value('health, metrics and state; on loopback where no host is given', '[HOST:]PORT', parseListen),
  pod: value("this pod's name", 'NAME', anyText, { default: hostname() }),
  drain: value('how long exchanges may take to end when the program is told to', 'TIME', duration, {
    default: '20s',
  }),
};

export interface Served {
  readonly flags: FlagValues<typeof serveFlags>;
  readonly tunnel: TunnelConfig;
  /** What stands behind, for the log. */
  readonly behind: string;
  /** Makes the ends of connections; what it opens it gives to `closing`. */
  readonly ends: (
    closing: AsyncDisposableStack,
  ) => Promise<Pick<InterceptorOptions, 'to' | 'routing' | 'tlsCounters' | 'askable' | 'service'>>;
}

/** Relays and records until it is told to end, and hands over what was recorded. */
export async function serve(
  { flags, tunnel, behind, ends }: Served,
  { log, signal }: Pick<Invocation, 'log' | 'signal'>,
): Promise<void> {
  const { ledger, listen } = flags;
  setFlagsFromString(keepYoungGenerationSmall);
  const recipient = await readSealingKey(flags.publicKey);
  const owner = { namespace: tunnel.namespace, tunnel: tunnel.name, pod: flags.pod };
  await using closing = new AsyncDisposableStack();
  const appender = closing.adopt(appenderTo(ledger, owner, tunnel), (one) => one.close());
  const onFault = faultReporter(log);
  closing.use(surviveFaults(onFault));
  const settings = { ...(await ends(closing)), tunnel, listen, owner, recipient, appender, onFault };
  const interceptor = closing.use(new Interceptor(settings));
  const port = await interceptor.start();
  const paths = adminPaths(() => interceptor.state);
  const admin = flags.admin && closing.use(await AdminServer.listen(paths, flags.admin));
  const watched = { appender, name: describeEndpoint(ledger), namespace: tunnel.namespace };
  closing.use(watchLedger(watched, log));
  log.info(`relaying port ${port} to ${behind}`, { tunnel: tunnel.name, admin: admin?.port });
  if (!signal.aborted) await once(signal, 'abort');
  const cutOff = await interceptor.drain(flags.drain);
  if (cutOff > 0) log.warn('connections were cut off at the deadline', { connections: cutOff });
  await handOver(appender, log);
}

async function handOver(appender: LedgerAppender, log: Log): Promise<void> {
  const { reachable, pendingBytes, commitsPending } = appender.counters;
  if (pendingBytes > 0 || commitsPending > 0) {
    const left = { pendingBytes, commitsPending, reachable };
    log.info(
      `handing over to the ledger what it has not taken yet, for ${flushDeadlineMs / 1000} s at most`,
      left,
    );
  }
  await appender.flush(flushDeadlineMs);
}

function appenderTo(
  ledger: LedgerEndpoint,
  owner: { namespace: string; tunnel: string; pod: string },
  tunnel: TunnelConfig,
): LedgerAppender {
  if (ledger.kind === 'memory') {
    throw new DvrError('usage', 'a ledger in memory has no committer beside this program', {
      where: '--ledger',
      hint: 'Name a Redis, or record with dvr-cli record, which commits by itself.',
    });
  }
  return new RedisAppender({
    address: ledger,
    owner,
    budgetBytes: tunnel.capture.ledgerBudget,
    retentionMs: retentionMs(tunnel),
  });
}
