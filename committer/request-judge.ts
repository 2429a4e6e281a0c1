import { DvrError } from '../errors/index.ts';
import type { CommitRequestEntry, RequestJudge } from '../ledger/port.ts';
import { isForAnotherKey, type OpeningKey } from '../sealing/index.ts';
import { openRequest } from './open-request.ts';

/** What is told of requests that this committer cannot read. */
export interface UnreadEvents {
  /** A request was sealed for another key, and waits for a committer that has it. */
  foreign(): void;
  /** A request that nobody read was acknowledged: no tape was made of it. */
  dropped(): void;
}

const knownForeign = 10_000;

/**
 * The judge of a committer with one key. What was sealed for another key is left for `foreignMs`, as long as the ledger
 * keeps its window; what is no sealed request at all is dropped at once.
 */
export class KeyJudge implements RequestJudge {
  readonly #ledgerKey: string;
  readonly #key: OpeningKey;
  readonly #foreignMs: number;
  readonly #events: UnreadEvents;
  readonly #foreign = new Set<string>();

  constructor(ledgerKey: string, key: OpeningKey, foreignMs: number, events: UnreadEvents) {
    this.#ledgerKey = ledgerKey;
    this.#key = key;
    this.#foreignMs = foreignMs;
    this.#events = events;
  }

  verdict(request: CommitRequestEntry, nowMs: number): 'claim' | 'leave' | 'drop' {
    if (isForAnotherKey(request.sealed, this.#key)) {
      if (nowMs - request.takenAt > this.#foreignMs) return 'drop';
      this.#tellForeign(request.entryId);
      return 'leave';
    }
    try {
      openRequest(request, this.#ledgerKey, this.#key);
      return 'claim';
    } catch (error) {
      if (!(error instanceof DvrError)) throw error;
      return 'drop';
    }
  }

  dropped(request: CommitRequestEntry): void {
    this.#foreign.delete(request.entryId);
    this.#events.dropped();
  }

  #tellForeign(entryId: string): void {
    if (this.#foreign.has(entryId)) return;
    if (this.#foreign.size >= knownForeign) this.#foreign.clear();
    this.#foreign.add(entryId);
    this.#events.foreign();
  }
}
