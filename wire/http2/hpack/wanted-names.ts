import { encodeHuffman } from './huffman.ts';
import { staticFields } from './static-table.ts';
import { type TableEntry, tableEntry } from './table-entry.ts';

/** A name that is looked for, in both spellings in which it may stand on the wire. */
interface Spellings {
  readonly plain: Uint8Array;
  readonly coded: Uint8Array;
}

/**
 * The names of fields whose values a decoder is asked for; each has its place in the list. Made once for all connections.
 */
export class WantedNames {
  readonly names: readonly string[];
  /** The static table; index 1 stands at 0. */
  readonly statics: readonly TableEntry[];
  /**
   * By index of the static table: the last field that anyone sent with this name and a value of its own. Mostly the next
   * one is the same, and nothing has to be made of it.
   */
  readonly recent: (TableEntry | undefined)[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #spellings: readonly Spellings[];

  /** `names` are in lower case, each once. */
  constructor(names: readonly string[]) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#spellings = names.map((name) => ({
      plain: Buffer.from(name, 'latin1'),
      coded: encodeHuffman(name),
    }));
    this.recent = new Array(staticFields.length + 1).fill(undefined);
    this.statics = staticFields.map(([name, value]) => tableEntry(name, value, this.place(name)));
  }

  /** The place of `name`; -1 where it is none of these. */
  place(name: string): number {
    return this.#places.get(name) ?? -1;
  }

  /** As `place`, of a name as it stands on the wire. */
  placeOf(bytes: Uint8Array, start: number, end: number, isCoded: boolean): number {
    for (let place = 0; place < this.#spellings.length; place++) {
      const spellings = this.#spellings[place];
      const spelling = isCoded ? spellings?.coded : spellings?.plain;
      if (spelling !== undefined && spelling.length === end - start && equals(spelling, bytes, start)) {
        return place;
      }
    }
    return -1;
  }
}

function equals(spelling: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < spelling.length; i++) if (spelling[i] !== bytes[start + i]) return false;
  return true;
}
