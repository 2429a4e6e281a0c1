const firstSize = 1024;
const none = new Uint8Array(0);

/** Bytes of an unfinished head, gathered from chunk to chunk. Whoever holds bounds them. */
export class HeldBytes {
  bytes: Uint8Array = none;
  length = 0;

  /** Appends `chunk` from `start` to `end`. */
  hold(chunk: Uint8Array, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.bytes.length * 2, firstSize));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk.subarray(start, end), this.length);
    this.length = length;
  }

  /** Forgets the bytes and gives the memory back. */
  clear(): void {
    this.bytes = none;
    this.length = 0;
  }
}
