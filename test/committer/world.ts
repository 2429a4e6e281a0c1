import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitTools } from '../../committer/commit.ts';
import { runCommitter } from '../../committer/committer.ts';
import { WindowDecoder } from '../../committer/decode/window-decoder.ts';
import { KeyJudge } from '../../committer/request-judge.ts';
import { MemoryLedger } from '../../ledger/memory/memory-ledger.ts';
import { ledgerKeys } from '../../ledger/names.ts';
import type { LedgerReader } from '../../ledger/port.ts';
import { generateKeyPair, parseOpeningKey, parseSealingKey } from '../../sealing/index.ts';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { Manifest } from '../../tape/manifest.ts';
import { parseTapeId } from '../../tape/tape-id.ts';
import { loadTunnel } from '../../tunnel/load.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import { FilesystemVaultReader } from '../../vault/filesystem/vault-reader.ts';
import { FilesystemVaultWriter } from '../../vault/filesystem/vault-writer.ts';
import { Recording } from './recording.ts';

/** A tunnel's YAML with short waits. `spec` is added at its end, indented by two. */
export function tunnelYaml(spec = '', tail = '400ms', inFlight = '2s'): string {
  return `apiVersion: networking.replay.io/v1alpha1
kind: StatefulTunnel
metadata:
  name: qa
  namespace: shop
spec:
  commit:
    tail: ${tail}
    in_flight: ${inFlight}
${spec}`;
}

export interface ReadTape {
  readonly manifest: Manifest;
  readonly exchanges: readonly ExchangeWithBodies[];
}

/** Everything of embedded mode but the interceptor: a ledger in memory, a vault in a folder, a committer. */
export async function startWorld(yaml = tunnelYaml(), changes: Partial<CommitTools> = {}, budget = 1e7) {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-committer-'));
  const pem = generateKeyPair();
  const tunnel = loadTunnel(yaml, 'test.yaml');
  const name = { namespace: tunnel.namespace, tunnel: tunnel.name };
  const ledger = new MemoryLedger();
  const recording = new Recording(
    { ...name, pod: 'shop-1' },
    ledger.appender({ ...name, pod: 'shop-1' }, budget, 600_000),
    parseSealingKey(pem.publicPem, 'test'),
  );
  const tools: { -readonly [K in keyof CommitTools]: CommitTools[K] } = {
    tunnel,
    key: parseOpeningKey(pem.privatePem, 'test'),
    vault: new FilesystemVaultWriter(folder),
    createDecoder: (settings) => new WindowDecoder(settings),
    onVaultFailure: () => undefined,
    onQueueFailure: (error) => happened.push({ kind: 'queueFailed', detail: error }),
    ...changes,
  };
  const end = new AbortController();
  const judge = new KeyJudge(ledgerKeys.commits(name), tools.key, 60_000, {
    foreign: () => happened.push({ kind: 'foreign' }),
    dropped: () => happened.push({ kind: 'dropped' }),
  });
  const happened: { kind: string; detail?: unknown }[] = [];
  const running: Promise<void>[] = [];
  return {
    folder,
    ledger,
    tools,
    recording,
    happened,
    /** A further interceptor of the same tunnel. */
    another: (pod: string) =>
      new Recording(
        { ...name, pod },
        ledger.appender({ ...name, pod }, budget, 600_000),
        parseSealingKey(pem.publicPem, 'test'),
      ),
    /** Starts committing, and waits until every request is settled. */
    async commit(reader: LedgerReader = ledger.reader(name, judge)): Promise<void> {
      running.push(
        runCommitter(
          reader,
          tools,
          {
            committed: (outcome) => happened.push({ kind: 'committed', detail: outcome }),
            wasThere: (outcome) => happened.push({ kind: 'wasThere', detail: outcome }),
            failed: (error, attempt) => happened.push({ kind: 'failed', detail: { error, attempt } }),
            gaveUp: (attempts, requests) => happened.push({ kind: 'gaveUp', detail: { attempts, requests } }),
            ledgerFailed: (error) => happened.push({ kind: 'ledgerFailed', detail: error }),
          },
          end.signal,
        ),
      );
      if (!(await ledger.settled(name, 15_000))) throw new Error(`not settled: ${JSON.stringify(happened)}`);
    },
    tapes: () => readTapes(folder),
    async [Symbol.asyncDispose]() {
      end.abort();
      await Promise.all(running);
      await rm(folder, { recursive: true });
    },
  };
}

/** Every tape of a vault in a folder, oldest first. */
export async function readTapes(folder: string): Promise<ReadTape[]> {
  const tapes: ReadTape[] = [];
  const vault = new FilesystemVaultReader(folder);
  for await (const { namespace, id } of vault.list()) {
    if (parseTapeId(id) === undefined) throw new Error(`${id} is no tape id`);
    await using tape = await openTapeFolder(join(folder, namespace, id));
    const exchanges: ExchangeWithBodies[] = [];
    for (let number = 1; number <= tape.size; number++) exchanges.push(await tape.withBodies(number));
    tapes.unshift({ manifest: tape.manifest, exchanges });
  }
  return tapes;
}
