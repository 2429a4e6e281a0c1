import { parentPort, workerData } from 'node:worker_threads';
import { PortReader } from '../ledger/memory/port-reader.ts';
import { describeFault } from '../program/fault.ts';
import { parseOpeningKey } from '../sealing/index.ts';
import { openVaultWriter } from '../vault/open-vault.ts';
import type { CommitTools } from './commit.ts';
import { type CommitterEvents, runCommitter } from './committer.ts';
import { WindowDecoder } from './decode/window-decoder.ts';
import type { EmbeddedEvent, EmbeddedInput } from './embedded-messages.ts';

/** The committer of embedded mode: the same as `dvr-committer`, in a thread beside the interceptor's. */
async function run({ tunnel, vault, privatePem, ledger }: EmbeddedInput): Promise<void> {
  const tell = (event: EmbeddedEvent): void => parentPort?.postMessage(event);
  const failed = (error: unknown): void => {
    const { text, code, hint } = describeFault(error);
    tell({ kind: 'failed', text, code, ...(hint === undefined ? {} : { hint }) });
  };
  const ended = new AbortController();
  ledger.once('close', () => ended.abort());
  const writer = await openVaultWriter(vault);
  const tools: CommitTools = {
    tunnel,
    key: parseOpeningKey(privatePem, 'the key of this recording'),
    vault: writer,
    createDecoder: (settings) => new WindowDecoder(settings),
    onVaultFailure: (_id, error) => failed(error),
    onQueueFailure: failed,
  };
  const events: CommitterEvents = {
    committed: ({ id, manifest, joined, lagMs }) =>
      tell({
        kind: 'committed',
        id,
        exchanges: manifest.counts.exchanges,
        gaps: manifest.gaps.length,
        requests: joined,
        lagMs,
      }),
    wasThere: () => undefined,
    failed,
    gaveUp: (_attempts, requests) => tell({ kind: 'gave_up', requests }),
    ledgerFailed: failed,
  };
  await runCommitter(new PortReader(ledger), tools, events, ended.signal);
  await writer.close();
}

await run(workerData);
