/** Bytes that one message may open to. */
const messageLimit = 16 * 1024 * 1024;
/** Bytes that all messages may open to together: many small bombs would cost hours otherwise. */
const openedLimit = 4 * 1024 * 1024 * 1024;
/** Bytes of opened messages that may be held at once. */
const heldLimit = 256 * 1024 * 1024;

/** What inflated messages may cost, shared by all conversations that are decoded together. */
export class InflationBudget {
  #opened = 0;
  #held = 0;

  /** The most that the next message may open to. */
  get next(): number {
    return Math.max(0, Math.min(messageLimit, openedLimit - this.#opened, heldLimit - this.#held));
  }

  /** A message opened to so many bytes, or was found to open to more than it may. */
  open(bytes: number): void {
    this.#opened += bytes;
  }

  /** So many bytes of opened messages are kept. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  /** They are with somebody else now. */
  release(bytes: number): void {
    this.#held -= bytes;
  }
}
