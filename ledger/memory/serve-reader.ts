import type { MessagePort } from 'node:worker_threads';
import type { BatchEntry, Claim, LedgerReader } from '../port.ts';
import { ownCopy, ownRequest } from './own-copy.ts';
import {
  emptyAnswer,
  type ReaderAbort,
  type ReaderAnswer,
  type ReaderRequest,
  type ReaderResponse,
} from './reader-messages.ts';

const pieceBytes = 1024 * 1024;

/**
 * Answers a `PortReader` in another thread from `reader`, until the port closes. Batches are handed over only as they
 * are asked for, so that a commit never holds up this thread for longer than it takes to copy a piece of 1 MiB.
 */
export function serveReader(port: MessagePort, reader: LedgerReader): void {
  const served = new ServedReader(reader);
  port.on('message', async (request: ReaderRequest | ReaderAbort) => {
    if ('abort' in request) {
      served.abort(request.abort);
      return;
    }
    const { call } = request;
    let response: ReaderResponse;
    try {
      response = { call, answer: await served.answer(request) };
    } catch (error) {
      response = { call, failed: error instanceof Error ? error.message : 'the ledger failed' };
    }
    port.postMessage(response);
  });
  port.on('close', () => served.close());
}

class ServedReader {
  readonly #reader: LedgerReader;
  readonly #waiting = new Map<number, AbortController>();
  #claim: Claim | undefined;
  #batches: AsyncIterator<BatchEntry> | undefined;

  constructor(reader: LedgerReader) {
    this.#reader = reader;
  }

  abort(call: number): void {
    this.#waiting.get(call)?.abort();
  }

  async close(): Promise<void> {
    for (const abort of this.#waiting.values()) abort.abort();
    await this.#claim?.[Symbol.asyncDispose]();
  }

  async answer(request: ReaderRequest): Promise<ReaderAnswer> {
    if (request.method === 'claim') return this.#take(request.call);
    const claim = this.#claim;
    if (claim === undefined) throw new Error('no claim is held');
    switch (request.method) {
      case 'now':
        return { ...emptyAnswer, now: await claim.now() };
      case 'owners':
        return { ...emptyAnswer, owners: await claim.owners(request.windowMs) };
      case 'hold':
        await claim.hold(request.owner, request.tapeId);
        return emptyAnswer;
      case 'read': {
        const { owner, tapeId, fromMs, toMs } = request;
        this.#batches = claim.read(owner, tapeId, fromMs, toMs)[Symbol.asyncIterator]();
        return { ...emptyAnswer, batches: await piece(this.#batches) };
      }
      case 'more':
        return this.#batches === undefined
          ? emptyAnswer
          : { ...emptyAnswer, batches: await piece(this.#batches) };
      case 'joined':
        return { ...emptyAnswer, requests: (await claim.joined(request.tailMs)).map(ownRequest) };
      case 'queued': {
        const queued = await claim.queued(request.tailMs, request.after);
        return { ...emptyAnswer, requests: queued.map(ownRequest) };
      }
      case 'reserve': {
        const hadRoom = await claim.reserve(request.owner, request.fromMs, request.limitBytes);
        return { ...emptyAnswer, hadRoom };
      }
      case 'release':
        await claim.release(request.owner);
        return emptyAnswer;
      case 'acknowledge':
        await claim.acknowledge(request.requests);
        return emptyAnswer;
      case 'excuse':
        await claim.excuse();
        return emptyAnswer;
      case 'dispose':
        await claim[Symbol.asyncDispose]();
        this.#claim = undefined;
        this.#batches = undefined;
        return emptyAnswer;
    }
  }

  async #take(call: number): Promise<ReaderAnswer> {
    const abort = new AbortController();
    this.#waiting.set(call, abort);
    this.#claim = await this.#reader.claim(abort.signal);
    this.#waiting.delete(call);
    if (this.#claim === undefined) return emptyAnswer;
    const { fence, attempt, ledgerKey, oldest } = this.#claim;
    return { ...emptyAnswer, claim: { fence, attempt, ledgerKey, oldest: ownRequest(oldest) } };
  }
}

async function piece(batches: AsyncIterator<BatchEntry>): Promise<BatchEntry[]> {
  const entries: BatchEntry[] = [];
  let bytes = 0;
  while (bytes < pieceBytes) {
    const next = await batches.next();
    if (next.done) break;
    bytes += next.value.sealed.length;
    entries.push({ ...next.value, sealed: ownCopy(next.value.sealed) });
  }
  return entries;
}
