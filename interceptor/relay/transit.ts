import type { Slab, SlabPool } from './slab.ts';

/** Room for bytes that are written on and not recorded: one slab, used again as soon as the socket took its bytes. */
export class Transit {
  #pool: SlabPool;
  #slab: Slab;

  constructor(pool: SlabPool) {
    this.#pool = pool;
    this.#slab = pool.take();
  }

  reserve(): Slab {
    if (this.#slab.held) {
      this.#slab.release();
      this.#slab = this.#pool.take();
    }
    this.#slab.at = 0;
    return this.#slab;
  }
}
