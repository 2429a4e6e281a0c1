import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MemoryLedger } from '../ledger/memory/memory-ledger.ts';
import { serveReader } from '../ledger/memory/serve-reader.ts';
import { besides } from '../program/besides.ts';
import type { VaultEndpoint } from '../program/endpoint.ts';
import { describeFault } from '../program/fault.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import type { EmbeddedEvent, EmbeddedInput } from './embedded-messages.ts';

export interface EmbeddedSettings {
  readonly tunnel: TunnelConfig;
  readonly ledger: MemoryLedger;
  readonly vault: VaultEndpoint;
  /** The private half of the pair with whose public half the interceptor of this process seals. */
  readonly privatePem: string;
  readonly onEvent: (event: EmbeddedEvent) => void;
}

/** The wait before a thread that broke down is started anew, milliseconds. */
const restartMs = 1_000;

/**
 * The committer of embedded mode, in a worker thread, so that no decoding or scrubbing holds up the traffic of this one.
 * A thread that breaks down is started anew and claims its request again.
 */
export class EmbeddedCommitter implements AsyncDisposable {
  readonly #settings: EmbeddedSettings;
  readonly #end = new AbortController();
  #worker: Worker | undefined;

  constructor(settings: EmbeddedSettings) {
    this.#settings = settings;
    this.#start();
  }

  /** Waits until every commit that was asked for is made or given up, at most `deadlineMs`; answers whether all are. */
  finish(deadlineMs: number): Promise<boolean> {
    const { ledger, tunnel } = this.#settings;
    return ledger.settled({ namespace: tunnel.namespace, tunnel: tunnel.name }, deadlineMs);
  }

  /** Ends the thread; a commit in the making is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#worker?.terminate();
  }

  #start(): void {
    const { tunnel, ledger, vault, privatePem, onEvent } = this.#settings;
    const { port1, port2 } = new MessageChannel();
    serveReader(port1, ledger.reader({ namespace: tunnel.namespace, tunnel: tunnel.name }));
    const workerData: EmbeddedInput = { tunnel, vault, privatePem, ledger: port2 };
    const worker = new Worker(besides(import.meta.url, 'embedded-worker'), {
      workerData,
      transferList: [port2],
    });
    worker.on('message', onEvent);
    worker.once('error', (error) => {
      const { text, code, hint } = describeFault(error);
      onEvent({ kind: 'failed', text, code, ...(hint === undefined ? {} : { hint }) });
    });
    worker.once('exit', async () => {
      port1.close();
      await delay(restartMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
      if (!this.#end.signal.aborted) this.#start();
    });
    this.#worker = worker;
  }
}
