import { formatSize } from '../../program/quantity.ts';
import type { Surroundings } from '../../program/surroundings.ts';

/** Milliseconds between two states of the line. */
const interval = 100;

/** One line on a terminal that tells how far a transfer is. On anything but a terminal it is silent. */
export class ProgressLine {
  readonly #stream: Surroundings['stderr'];
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(stream: Surroundings['stderr']) {
    this.#stream = stream;
  }

  show(done: number, total: number): void {
    const now = performance.now();
    if (this.#stream.isTTY !== true || now - this.#shownAt < interval) return;
    this.#shownAt = now;
    this.#shown = true;
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    this.#stream.write(`\r\u001b[K${percent} % of ${formatSize(total)}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K');
    this.#shown = false;
  }
}
