import type { PayloadId, PayloadResult } from './port.ts';

/** Bytes of bodies, and count of results, that are kept; the oldest go first. */
const defaultBytes = 64 * 1024 * 1024;
const defaultCount = 10_000;

/** The last results of a pass, as far as memory goes: first bodies are dropped, then results. */
export class ResultStore {
  readonly #maxBytes: number;
  readonly #maxCount: number;
  readonly #results = new Map<PayloadId, PayloadResult>();
  readonly #withBody = new Set<PayloadId>();
  #bytes = 0;

  constructor(
    limits: { readonly bytes: number; readonly count: number } = { bytes: defaultBytes, count: defaultCount },
  ) {
    this.#maxBytes = limits.bytes;
    this.#maxCount = limits.count;
  }

  get(id: PayloadId): PayloadResult | undefined {
    return this.#results.get(id);
  }

  add(result: PayloadResult): void {
    this.#forget(result.id);
    this.#results.set(result.id, result);
    const bytes = bodyBytes(result);
    if (bytes > 0) this.#withBody.add(result.id);
    this.#bytes += bytes;
    for (const id of this.#withBody) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#dropBody(id);
    }
    const [oldest] = this.#results.keys();
    if (this.#results.size > this.#maxCount && oldest !== undefined) this.#forget(oldest);
  }

  #dropBody(id: PayloadId): void {
    const result = this.#results.get(id);
    this.#withBody.delete(id);
    if (result?.outcome.kind !== 'response') return;
    const { frames: _, ...outcome } = result.outcome;
    const { body, bodyDropped } = outcome;
    this.#bytes -= body.length;
    const shorter = { ...outcome, body: new Uint8Array(0), bodyDropped: bodyDropped + body.length };
    this.#results.set(id, { ...result, outcome: shorter });
  }

  #forget(id: PayloadId): void {
    const result = this.#results.get(id);
    if (result === undefined) return;
    this.#bytes -= bodyBytes(result);
    this.#withBody.delete(id);
    this.#results.delete(id);
  }
}

function bodyBytes({ outcome }: PayloadResult): number {
  return outcome.kind === 'response' ? outcome.body.length : 0;
}
