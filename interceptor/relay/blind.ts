import { SlabPool } from './slab.ts';
import { type ConnectionTap, readBytes, type Tap } from './tap.ts';
import { Transit } from './transit.ts';

/** Taps that give room and look at nothing. */
export class BlindTaps implements Tap {
  #transit: Transit;

  constructor(transit: Transit = new Transit(new SlabPool(readBytes, 4))) {
    this.#transit = transit;
  }

  open(): ConnectionTap {
    return this.blind();
  }

  blind(): ConnectionTap {
    return {
      reserve: () => this.#transit.reserve(),
      segment: () => {},
      end: () => {},
      close: () => {},
      idle: () => false,
    };
  }
}
