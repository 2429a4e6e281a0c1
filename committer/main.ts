import { DvrError, type ExitCode } from '../errors/index.ts';
import { ledgerKeys } from '../ledger/names.ts';
import { RedisReader } from '../ledger/redis/redis-reader.ts';
import { retentionMs } from '../ledger/retention.ts';
import { parseListen } from '../program/address.ts';
import { AdminServer } from '../program/admin-server.ts';
import { defineCommand } from '../program/command.ts';
import { describeEndpoint, parseLedgerUrl, parseVaultUrl } from '../program/endpoint.ts';
import { anyText, value } from '../program/flags.ts';
import type { Log } from '../program/log.ts';
import { runCommand } from '../program/run.ts';
import { readOpeningKey } from '../sealing/index.ts';
import { loadTunnelApart } from '../tunnel/load-apart.ts';
import { isNamespace } from '../vault/layout.ts';
import { openVaultWriter } from '../vault/open-vault.ts';
import type { VaultWriter } from '../vault/port.ts';
import { adminPaths } from './admin-paths.ts';
import { runCommitter } from './committer.ts';
import { WindowDecoder } from './decode/window-decoder.ts';
import { CommitterMetrics } from './metrics.ts';
import { reportTo, reportUnread } from './report.ts';
import { KeyJudge } from './request-judge.ts';
import type { CreateDecoder } from './window-pass.ts';

const command = defineCommand({
  name: 'dvr-committer',
  about:
    'Makes tapes of what interceptors recorded: claims commit requests, scrubs their windows, writes to the vault.',
  details:
    'Many may run on one ledger; each request is worked on by one at a time. The scrub policy is that of --config.',
  examples: [
    [
      "dvr-committer --config tunnel.yaml --ledger redis://redis:6379 --vault 's3://tapes?region=eu-central-1' --private-key committer.key",
      'commit from Redis to S3',
    ],
  ],
  flags: {
    config: value('the StatefulTunnel', 'FILE', anyText, { required: true }),
    ledger: value('the ledger', 'URL', parseLedgerUrl, { required: true }),
    vault: value('where tapes go', 'URL', parseVaultUrl, { required: true }),
    privateKey: value("the committers' private key", 'FILE', anyText, { required: true }),
    admin: value('health and metrics; on loopback where no host is given', '[HOST:]PORT', parseListen),
  },
  positionals: {},
  json: false,
  async run({ flags, log, signal }) {
    const { ledger } = flags;
    if (ledger.kind === 'memory') {
      throw new DvrError('usage', 'a ledger in memory cannot be read from another program', {
        where: '--ledger',
        hint: 'Name the Redis of the interceptors, or record with dvr-cli record, which commits by itself.',
      });
    }
    const tunnel = await loadTunnelApart(flags.config);
    if (!isNamespace(tunnel.namespace)) {
      throw new DvrError('config-invalid', `a vault has no place for a namespace ${tunnel.namespace}`, {
        where: flags.config,
        hint: 'Name another in metadata.namespace.',
      });
    }
    const key = await readOpeningKey(flags.privateKey);
    const vault = await openVaultWriter(flags.vault);
    const metrics = new CommitterMetrics();
    const name = { namespace: tunnel.namespace, tunnel: tunnel.name };
    const unread = reportUnread(log, metrics);
    const judge = new KeyJudge(ledgerKeys.commits(name), key, retentionMs(tunnel), unread);
    const reader = new RedisReader(ledger, name, judge);
    try {
      await checkVault(vault, log);
      await using admin = flags.admin && (await AdminServer.listen(adminPaths(metrics), flags.admin));
      log.info(`committing from ${describeEndpoint(ledger)} to ${describeEndpoint(flags.vault)}`, {
        tunnel: tunnel.name,
        admin: admin?.port,
      });
      const onVaultFailure = (id: string, error: unknown, waitMs: number): void => {
        metrics.vaultFailures.inc();
        log.fault('the vault took no tape; trying again', error, { tape: id, wait_ms: waitMs });
      };
      const onQueueFailure = (error: unknown): void => {
        metrics.queueFailures.inc();
        log.fault('the windows of waiting commit requests could not be held; trying again', error);
      };
      const createDecoder: CreateDecoder = (settings) => new WindowDecoder(settings);
      const tools = { tunnel, key, vault, createDecoder, onVaultFailure, onQueueFailure };
      await runCommitter(reader, tools, reportTo(log, metrics), signal);
    } finally {
      await reader.close();
      await vault.close();
    }
    return undefined;
  },
});

/** Throws what somebody must mend; of a vault that is only away the log tells, for it is tried with every tape. */
async function checkVault(vault: VaultWriter, log: Log): Promise<void> {
  try {
    await vault.check();
  } catch (error) {
    if (!(error instanceof DvrError && error.code === 'vault-out-of-reach')) throw error;
    log.fault('the vault cannot be written just now; it is tried again with every tape', error);
  }
}

/** `dvr-committer`. Gives the exit code and never throws. */
export function main(argv: readonly string[]): Promise<ExitCode> {
  return runCommand(command, argv);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
