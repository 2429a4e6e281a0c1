import type { RedisEndpoint } from '../../program/endpoint.ts';
import type { SealedBatch } from '../../sealing/index.ts';
import { ledgerKeys, type StreamOwner } from '../names.ts';
import type { AppenderCounters, LedgerAppender } from '../port.ts';
import { registerEveryMs, requestRetentionMs } from '../retention.ts';
import { command, commandBefore } from './command.ts';
import { Link } from './link.ts';
import { PendingBatch } from './pending-batch.ts';
import type { Reply } from './replies.ts';
import { parseEntryId, StreamFloor } from './stream-floor.ts';

export interface RedisAppenderSettings {
  readonly address: RedisEndpoint;
  readonly owner: StreamOwner;
  /** Bytes that Redis keeps of this pod. */
  readonly budgetBytes: number;
  readonly retentionMs: number;
  /** Bytes that may wait for Redis' answer; what comes beyond is dropped. */
  readonly pendingLimit?: number;
}

/** What was sent, in order, to know whose answer comes. */
type Awaited = 'batch' | 'commit' | 'presence' | 'registration' | 'expiry';

const defaultPendingLimit = 8 * 1024 * 1024;
const pendingCommitsLimit = 1_000;
const renewExpiryMs = 1_000;
const retryCommitMs = 1_000;

/**
 * Appends to a pod's stream with XADD, EXPIRE and PING alone, on a connection of its own, one corked write a batch.
 * What Redis has not answered when the connection breaks is sent again: a reader may meet a sequence twice.
 */
export class RedisAppender implements LedgerAppender {
  readonly stream: string;
  readonly #settings: RedisAppenderSettings;
  readonly #link: Link;
  readonly #floor: StreamFloor;
  readonly #pendingLimit: number;
  readonly #retentionSeconds: string;
  readonly #registerTimer: NodeJS.Timeout;
  #retryTimer: NodeJS.Timeout | undefined;
  #pending: PendingBatch[] = [];
  #pendingBytes = 0;
  #commits: Buffer[] = [];
  #commitSent = false;
  #awaited: Awaited[] = [];
  #expiryRenewedAt = Number.NEGATIVE_INFINITY;
  #drained: (() => void)[] = [];
  #lagMs = 0;
  #clockOffsetMs = 0;
  #appendedBatches = 0;
  #appendedBytes = 0;
  #droppedBatches = 0;
  #droppedBytes = 0;
  #untoldBytes = 0;
  /** It is asked whether the stream is still there; batches wait for the answer. */
  #asking = false;
  #commitsRequested = 0;
  #commitsDropped = 0;
  #problem: string | undefined;
  /** What Redis refused when it last refused. */
  #refused: 'XADD' | 'EXPIRE' | undefined;

  constructor(settings: RedisAppenderSettings) {
    this.#settings = settings;
    this.stream = ledgerKeys.segments(settings.owner);
    this.#floor = new StreamFloor(settings.budgetBytes, settings.retentionMs);
    this.#pendingLimit = settings.pendingLimit ?? defaultPendingLimit;
    this.#retentionSeconds = String(Math.ceil(settings.retentionMs / 1000));
    this.#registerTimer = setInterval(() => this.#register(), registerEveryMs).unref();
    this.#link = new Link(settings.address, {
      up: () => this.#up(),
      reply: (reply) => this.#take(reply),
      down: (reason) => this.#down(reason),
    });
  }

  append(batch: SealedBatch, tells = 0): void {
    this.#untoldBytes -= tells;
    const pending = new PendingBatch(batch, tells);
    if (this.#pendingBytes + batch.bytes > this.#pendingLimit) {
      this.#drop(pending);
      pending.answer();
      return;
    }
    this.#pending.push(pending);
    this.#pendingBytes += batch.bytes;
    this.#sendBatch(pending);
  }

  requestCommit(sealed: Buffer): void {
    if (this.#commits.length >= pendingCommitsLimit) {
      this.#commitsDropped++;
      return;
    }
    this.#commits.push(sealed);
    this.#sendCommit();
  }

  get counters(): AppenderCounters {
    return {
      reachable: this.#link.isUp,
      pendingBytes: this.#pendingBytes,
      lagMs: this.#lagMs,
      appendedBatches: this.#appendedBatches,
      appendedBytes: this.#appendedBytes,
      droppedBatches: this.#droppedBatches,
      droppedBytes: this.#droppedBytes,
      untoldBytes: this.#untoldBytes,
      commitsRequested: this.#commitsRequested,
      commitsPending: this.#commits.length,
      commitsDropped: this.#commitsDropped,
      clockOffsetMs: this.#clockOffsetMs,
      problem: this.#problem,
    };
  }

  async flush(deadlineMs: number): Promise<void> {
    if (this.#idle) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#drained.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#registerTimer);
    clearTimeout(this.#retryTimer);
    this.#link.close();
    for (const pending of this.#pending) this.#drop(pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#settle();
  }

  get #idle(): boolean {
    return this.#pending.length === 0 && this.#commits.length === 0;
  }

  #up(): void {
    this.#problem = undefined;
    this.#refused = undefined;
    this.#awaited = [];
    this.#commitSent = false;
    this.#expiryRenewedAt = Number.NEGATIVE_INFINITY;
    this.#register();
    this.#asking = this.#appendedBatches > 0;
    if (this.#asking) this.#send([command('EXPIRE', this.stream, this.#retentionSeconds)], ['presence']);
    else this.#resume();
  }

  #resume(): void {
    for (const pending of this.#pending) this.#sendBatch(pending);
    this.#sendCommit();
  }

  /** A stream that is not there any more was lost with all that it held, as by a restart without persistence. */
  #takePresence(reply: Reply): void {
    this.#asking = false;
    if (reply.text === '0') this.#floor.lost();
    this.#resume();
  }

  #down(reason: string): void {
    this.#problem = reason;
  }

  #send(parts: readonly (string | Buffer)[], awaited: readonly Awaited[], onWritten?: () => void): void {
    for (const one of awaited) this.#awaited.push(one);
    this.#link.send(parts, awaited.length, onWritten);
  }

  #sendBatch(pending: PendingBatch): void {
    if (!this.#link.isUp || this.#asking) return;
    const { batch } = pending;
    const floor = this.#floor;
    const trimmedTo = String(floor.trimmedTo);
    const before = commandBefore(
      batch.bytes,
      ...['XADD', this.stream, 'MINID', '=', floor.minId, '*', 'm', trimmedTo, 'b'],
    );
    const now = performance.now();
    if (now - this.#expiryRenewedAt < renewExpiryMs) {
      this.#send([before, ...batch.parts, '\r\n'], ['batch'], pending.write());
      return;
    }
    this.#expiryRenewedAt = now;
    const after = `\r\n${command('EXPIRE', this.stream, this.#retentionSeconds)}`;
    this.#send([before, ...batch.parts, after], ['batch', 'expiry'], pending.write());
  }

  /** Commit requests go one at a time, so that their order holds when one has to be sent again. */
  #sendCommit(): void {
    const sealed = this.#commits[0];
    if (sealed === undefined || this.#commitSent || !this.#link.isUp || this.#asking) return;
    this.#commitSent = true;
    const key = ledgerKeys.commits(this.#settings.owner);
    const seconds = String(requestRetentionMs / 1000);
    const before = commandBefore(
      sealed.length,
      ...['XADD', key, 'MINID', '=', this.#ledgerTimeAgo(requestRetentionMs), '*', 'r'],
    );
    this.#send([before, sealed, `\r\n${command('EXPIRE', key, seconds)}`], ['commit', 'expiry']);
  }

  #register(): void {
    if (!this.#link.isUp) return;
    const { owner, retentionMs } = this.#settings;
    const key = ledgerKeys.pods(owner);
    const add = command('XADD', key, 'MINID', '=', this.#ledgerTimeAgo(retentionMs), '*', 'p', owner.pod);
    this.#send([add + command('EXPIRE', key, this.#retentionSeconds)], ['registration', 'expiry']);
  }

  /** A `MINID` of the ledger's clock less `ms`; trims nothing before the clock is known. */
  #ledgerTimeAgo(ms: number): string {
    if (this.#appendedBatches === 0) return '0-0';
    return `${Math.max(0, Math.floor(Date.now() + this.#clockOffsetMs - ms))}-0`;
  }

  #take(reply: Reply): void {
    const awaited = this.#awaited.shift();
    this.#noteProblem(reply, awaited);
    if (awaited === 'batch') this.#takeBatch(reply);
    else if (awaited === 'commit') this.#takeCommit(reply);
    else if (awaited === 'presence') this.#takePresence(reply);
  }

  /** A full Redis refuses XADD and takes EXPIRE, so that neither being taken clears what the other met. */
  #noteProblem(reply: Reply, awaited: Awaited | undefined): void {
    const right = awaited === 'expiry' || awaited === 'presence' ? 'EXPIRE' : 'XADD';
    if (reply.kind === 'error') {
      this.#problem = reply.text.slice(0, 200);
      this.#refused = right;
    } else if (this.#refused === right) {
      this.#problem = undefined;
      this.#refused = undefined;
    }
  }

  #takeBatch(reply: Reply): void {
    const answered = this.#pending.shift();
    if (answered === undefined) return;
    const { batch, since } = answered;
    this.#pendingBytes -= batch.bytes;
    this.#lagMs = performance.now() - since;
    const id = reply.kind === 'error' ? undefined : parseEntryId(reply.text);
    if (id === undefined) {
      this.#drop(answered);
    } else {
      this.#appendedBatches++;
      this.#appendedBytes += batch.bytes;
      this.#clockOffsetMs = id.ms - Date.now();
      this.#floor.took(id, batch.bytes);
    }
    answered.answer();
    this.#settle();
  }

  #takeCommit(reply: Reply): void {
    this.#commitSent = false;
    if (reply.kind === 'error') {
      this.#retryTimer = setTimeout(() => this.#sendCommit(), retryCommitMs).unref();
      return;
    }
    this.#commits.shift();
    this.#commitsRequested++;
    this.#sendCommit();
    this.#settle();
  }

  #drop({ batch, tells }: PendingBatch): void {
    this.#droppedBatches++;
    this.#droppedBytes += batch.bytes;
    this.#untoldBytes += batch.bytes + tells;
  }

  #settle(): void {
    if (!this.#idle) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
