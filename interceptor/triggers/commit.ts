import { type CommitRequest, encodeCommitRequest } from '../../ledger/commit-request.ts';
import { ledgerKeys, type StreamOwner } from '../../ledger/names.ts';
import type { LedgerAppender } from '../../ledger/port.ts';
import { type SealingKey, sealMessage } from '../../sealing/index.ts';
import { CoolDown } from './cool-down.ts';

/** Asks for commits, sealed; a fingerprint that was asked for cools down first. */
export class CommitRequests {
  readonly #owner: StreamOwner;
  readonly #recipient: SealingKey;
  readonly #appender: LedgerAppender;
  readonly #coolDown: CoolDown;

  constructor(owner: StreamOwner, recipient: SealingKey, appender: LedgerAppender, coolDownMs: number) {
    this.#owner = owner;
    this.#recipient = recipient;
    this.#appender = appender;
    this.#coolDown = new CoolDown(coolDownMs);
  }

  /** Whether a failure with this fingerprint is to be committed now. */
  admits(fingerprint: string): boolean {
    return this.#coolDown.admits(fingerprint, performance.now());
  }

  /** Publishes the request. What it is about must have been handed to the ledger before. */
  publish(request: Omit<CommitRequest, 'pod'>): void {
    const place = ledgerKeys.commits(this.#owner);
    const content = encodeCommitRequest({ ...request, pod: this.#owner.pod });
    this.#appender.requestCommit(sealMessage(content, place, this.#recipient));
  }
}
