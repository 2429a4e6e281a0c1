import type { ResponseHead } from '../../../../tape/exchange.ts';
import type { Outcome, PassingMessage, ReplayTime } from '../../port.ts';
import type { Delivered } from '../exchange-client.ts';
import type { ConnectionFailure } from '../failures.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { type Leaving, OpenResponse } from './open-response.ts';
import type { TargetConnection } from './target-connection.ts';
import type { Piece, WirePieces } from './wire-pieces.ts';

export interface DeliveryOptions {
  readonly connection: TargetConnection;
  readonly timer: PreciseTimer;
  readonly method: string;
  readonly pieces: WirePieces;
  readonly speed: number;
  /** Milliseconds that a whole response may take; infinite where a person waits. */
  readonly deadlineMs: number;
  /** The recorded client gave up: the connection ends once all that it sent is sent. */
  readonly abandon: boolean;
  /** When the recorded client left the response, if it did. */
  readonly leaving: Leaving | undefined;
  /** All bytes of the request are with the kernel. */
  readonly onWritten: (at: ReplayTime) => void;
  readonly onMessage: (message: PassingMessage) => void;
}

const nsPerMs = 1e6;
/** How much longer than recorded a client waits for 100 (Continue) before it sends all the same, milliseconds. */
const continuePatienceMs = 1000;
/** How much longer than recorded a client that leaves a response waits for what the recorded one had of it. */
const leavePatienceMs = 5000;

/** One request on its way over a connection that is open: its pieces in time, then its response. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly done: Promise<Delivered>;
  #resolve: (delivered: Delivered) => void = () => {};
  #continue: (() => void) | undefined;
  readonly #cancelWaits: (() => void)[] = [];
  readonly #cancelWrites: (() => void)[] = [];
  readonly #response: OpenResponse;
  #headAt: ReplayTime | undefined;
  #written = false;
  #ended = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#response = new OpenResponse({
      ...options,
      patienceMs: Number.isFinite(options.deadlineMs) ? leavePatienceMs : Number.POSITIVE_INFINITY,
      onLeave: () => this.#leave(),
    });
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Writes the first piece, plans the others, and gives the time at which the kernel was handed the first. */
  begin(): ReplayTime {
    const { connection, pieces, method, deadlineMs } = this.#options;
    connection.expect(method, {
      onInterim: (head) => this.#onInterim(head),
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => this.#response.onBody(bytes),
      onEnd: ({ head, body, bodyDropped, trailers, headAt }) => {
        this.#headAt = headAt;
        this.#finish({ kind: 'response', head, body, bodyDropped, trailers });
      },
      onFailure: (failure, head) => this.#fail(failure, head),
    });
    const { afterContinue } = pieces;
    const last = afterContinue === undefined;
    const sentAt = performance.now();
    // A connection that has failed already ended the delivery at once: nothing is left to wait for.
    if (this.#ended) return sentAt;
    this.#write(pieces.pieces, sentAt, last);
    this.#response.begin(sentAt);
    if (afterContinue !== undefined) this.#awaitContinue(afterContinue.pieces, afterContinue.waited, sentAt);
    if (Number.isFinite(deadlineMs)) {
      const deadline = setTimeout(() => connection.drop('timeout'), deadlineMs);
      this.#cancelWaits.push(() => clearTimeout(deadline));
    }
    return sentAt;
  }

  #write(pieces: readonly Piece[], from: ReplayTime, last: boolean): void {
    const { connection, timer, speed } = this.#options;
    for (const [index, piece] of pieces.entries()) {
      const isLast = last && index === pieces.length - 1;
      const write = () => connection.write(piece.bytes, isLast ? () => this.#onWritten() : undefined);
      if (index === 0 && piece.after === 0) write();
      else this.#cancelWrites.push(timer.at(from + piece.after / nsPerMs / speed, write));
    }
  }

  #onWritten(): void {
    const { abandon, connection, onWritten } = this.#options;
    this.#written = true;
    onWritten(performance.now());
    if (abandon) connection.end();
  }

  #awaitContinue(pieces: readonly Piece[], waited: number, sentAt: ReplayTime): void {
    const { timer, speed } = this.#options;
    const go = () => {
      if (this.#continue === undefined || this.#ended) return;
      this.#continue = undefined;
      this.#write(pieces, performance.now(), true);
    };
    this.#continue = go;
    this.#cancelWaits.push(timer.at(sentAt + waited / nsPerMs / speed + continuePatienceMs, go));
  }

  #onInterim(head: ResponseHead): void {
    if (head.status === 100) this.#continue?.();
  }

  /** A final answer instead of 100 (Continue): the body stays unsent, so nothing else can go over this connection. */
  #onHead(head: ResponseHead): void {
    this.#response.onHead(head);
    if (this.#continue === undefined) return;
    this.#continue = undefined;
    this.#onWritten();
    this.#options.connection.end();
  }

  /** The recorded client had enough of the response, or the tape did. */
  #leave(): void {
    const begun = this.#options.connection.leave();
    if (begun === undefined) this.#finish({ kind: 'failure', failure: 'cancelled' });
    else {
      const { headAt, ...response } = begun;
      this.#headAt = headAt;
      this.#finish({ kind: 'response', ...response });
    }
  }

  #fail(failure: ConnectionFailure, head: ResponseHead | undefined): void {
    this.#finish(head === undefined ? { kind: 'failure', failure } : { kind: 'failure', failure, head });
  }

  #finish(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const endAt = performance.now();
    this.#response.stop();
    for (const cancel of this.#cancelWaits) cancel();
    // An answer may come before the request has ended, which then goes on as recorded.
    if (outcome.kind === 'failure') {
      for (const cancel of this.#cancelWrites) cancel();
      if (!this.#written) this.#onWritten();
    }
    this.#resolve({ outcome, headAt: this.#headAt, endAt });
  }
}
