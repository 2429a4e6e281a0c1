import type { MessagePort } from 'node:worker_threads';
import { DvrError } from '../../errors/index.ts';
import type { StreamOwner } from '../names.ts';
import type { BatchEntry, Claim, LedgerReader } from '../port.ts';
import { ownRequest } from './own-copy.ts';
import type { ClaimMessage, ReaderAnswer, ReaderCall, ReaderResponse } from './reader-messages.ts';

/** A call without an answer yet. */
interface Waiting {
  resolve(answer: ReaderAnswer): void;
  reject(error: Error): void;
}

/** Reads a ledger that lies in another thread's memory and is served there by `serveReader`. */
export class PortReader implements LedgerReader {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone = new AbortController();
  #calls = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (response: ReaderResponse) => this.#take(response));
    port.on('close', () => this.#close());
  }

  async claim(signal: AbortSignal): Promise<Claim | undefined> {
    if (signal.aborted || this.#gone.signal.aborted) return undefined;
    const call = ++this.#calls;
    const abort = (): void => this.#port.postMessage({ abort: call });
    signal.addEventListener('abort', abort, { once: true });
    try {
      const message = (await this.#call({ method: 'claim' }, call)).claim;
      return message === undefined ? undefined : this.#claimed(message);
    } catch (error) {
      if (this.#gone.signal.aborted) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#port.close();
    this.#close();
  }

  #claimed(message: ClaimMessage): Claim {
    return {
      ...message,
      lost: this.#gone.signal,
      now: async () => (await this.#call({ method: 'now' })).now,
      owners: async (windowMs) => (await this.#call({ method: 'owners', windowMs })).owners,
      hold: async (owner, tapeId) => {
        await this.#call({ method: 'hold', owner, tapeId });
      },
      read: (owner, tapeId, fromMs, toMs) => this.#read(owner, tapeId, fromMs, toMs),
      joined: async (tailMs) => (await this.#call({ method: 'joined', tailMs })).requests,
      queued: async (tailMs, after) =>
        (await this.#call({ method: 'queued', tailMs, ...(after !== undefined && { after }) })).requests,
      reserve: async (owner, fromMs, limitBytes) =>
        (await this.#call({ method: 'reserve', owner, fromMs, limitBytes })).hadRoom,
      release: async (owner) => {
        await this.#call({ method: 'release', owner });
      },
      excuse: async () => {
        if (!this.#gone.signal.aborted) await this.#call({ method: 'excuse' });
      },
      acknowledge: async (requests) => {
        await this.#call({ method: 'acknowledge', requests: requests.map(ownRequest) });
      },
      [Symbol.asyncDispose]: async () => {
        if (!this.#gone.signal.aborted) await this.#call({ method: 'dispose' });
      },
    };
  }

  async *#read(owner: StreamOwner, tapeId: string, fromMs: number, toMs: number): AsyncGenerator<BatchEntry> {
    let piece = (await this.#call({ method: 'read', owner, tapeId, fromMs, toMs })).batches;
    while (piece.length > 0) {
      yield* piece;
      piece = (await this.#call({ method: 'more' })).batches;
    }
  }

  #call(request: ReaderCall, call: number = ++this.#calls): Promise<ReaderAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#gone.signal.aborted) {
        reject(lost());
        return;
      }
      this.#waiting.set(call, { resolve, reject });
      this.#port.postMessage({ ...request, call });
    });
  }

  #take(response: ReaderResponse): void {
    const waiting = this.#waiting.get(response.call);
    this.#waiting.delete(response.call);
    if (waiting === undefined) return;
    if ('failed' in response) waiting.reject(new Error(response.failed));
    else waiting.resolve(response.answer);
  }

  #close(): void {
    this.#gone.abort();
    for (const { reject } of this.#waiting.values()) reject(lost());
    this.#waiting.clear();
  }
}

function lost(): DvrError {
  return new DvrError('lease-lost', 'the thread that holds the ledger is gone');
}
