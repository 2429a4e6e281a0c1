import { SlabPool } from './slab.ts';
import { type ConnectionTap, readBytes, type Tap } from './tap.ts';
import { Transit } from './transit.ts';

/** Taps that give room and look at nothing. */
export class BlindTaps implements Tap {
  #transit: Transit;
  #onBytes: (length: number) => void;

  constructor(
    transit: Transit = new Transit(new SlabPool(readBytes, 4)),
    onBytes: (length: number) => void = () => {},
  ) {
    this.#transit = transit;
    this.#onBytes = onBytes;
  }

  open(): ConnectionTap {
    return this.blind();
  }

  blind(): ConnectionTap {
    return {
      reserve: () => this.#transit.reserve(),
      segment: (_sender, _slab, _source, length) => this.#onBytes(length),
      end: () => {},
      close: () => {},
      idle: () => false,
    };
  }
}
