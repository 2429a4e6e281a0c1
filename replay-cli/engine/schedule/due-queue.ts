import type { ReplayTime } from '../port.ts';

interface Entry<T> {
  readonly due: ReplayTime;
  /** Ties go to whoever came first. */
  readonly order: number;
  readonly item: T;
}

/** A binary heap by due time. */
export class DueQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #pushed = 0;

  get size(): number {
    return this.#heap.length;
  }

  peek(): Entry<T> | undefined {
    return this.#heap[0];
  }

  push(due: ReplayTime, item: T): void {
    const heap = this.#heap;
    const entry = { due, order: this.#pushed++, item };
    let at = heap.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  take(): Entry<T> | undefined {
    const [head] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && last !== head) this.#sink(last);
    return head;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      let child = heap[down];
      const right = heap[down + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        down++;
        child = right;
      }
      if (child === undefined || !isBefore(child, entry)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = entry;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
