import type { HeaderField } from '../../../tape/exchange.ts';
import { beyond, malformed } from '../breach.ts';
import { limits } from '../limits.ts';
import type { StateReader, StateWriter } from '../state-bytes.ts';
import { DynamicTable } from './dynamic-table.ts';
import { decodeHuffman } from './huffman.ts';
import { type TableEntry, tableEntry } from './table-entry.ts';
import type { WantedNames } from './wanted-names.ts';

/** The table's size before any SETTINGS (RFC 9113 section 6.5.2). */
export const defaultTableSize = 4096;

/** Longer values are made anew each time. */
const longestRecent = 256;

/** Of all decoders: a string is decoded in here and made text at once. It grows to what the longest one needs. */
let scratch = Buffer.allocUnsafeSlow(4096);

/**
 * Decodes the header blocks of one sender, in order (RFC 7541). The dynamic table is kept exactly; text is made of what
 * enters it and of the fields that were asked for, and of every field where `keepsAll`.
 */
export class HpackDecoder {
  readonly table = new DynamicTable(defaultTableSize);
  /**
   * Values of the last block by their names' places. Where a name came more than once they are joined by `\n`, which no
   * valid value holds.
   */
  readonly values: (string | undefined)[];
  /** All fields of the last block, where the decoder keeps them. */
  fields: HeaderField[] = [];
  readonly #wanted: WantedNames;
  readonly #keepsAll: boolean;
  /** What the receiver allows: what the sender has acknowledged, and the most that it has not yet. */
  #limit = defaultTableSize;
  #allowed = defaultTableSize;
  /** The sender has acknowledged a smaller table, so its next block must begin by shrinking it. */
  #mustShrink = false;
  #bytes: Buffer = scratch;
  #pos = 0;
  #end = 0;
  /** Octets of the block's fields so far. */
  #size = 0;

  constructor(wanted: WantedNames, keepsAll: boolean) {
    this.#wanted = wanted;
    this.#keepsAll = keepsAll;
    this.values = wanted.names.map(() => undefined);
  }

  /** The receiver announced this table size; it may be used before it was acknowledged. */
  announce(size: number): void {
    this.#allowed = Math.max(this.#allowed, size);
  }

  /**
   * The sender acknowledged SETTINGS in which the table's size was `least` at its least and `last` in the end. `pending`
   * is the largest that it has not acknowledged yet.
   */
  acknowledge(least: number, last: number, pending: number): void {
    this.#limit = last;
    this.#allowed = Math.max(last, pending);
    if (least < this.table.max) this.#mustShrink = true;
  }

  write(state: StateWriter): void {
    state.number(this.#limit);
    state.number(this.#allowed);
    state.flag(this.#mustShrink);
    state.number(this.table.max);
    state.number(this.table.count);
    for (let back = this.table.count - 1; back >= 0; back--) {
      const entry = this.table.at(back);
      state.text(entry?.name ?? '');
      state.text(entry?.value ?? '');
    }
  }

  read(state: StateReader): void {
    this.#limit = state.number();
    this.#allowed = state.number();
    this.#mustShrink = state.flag();
    this.table.resize(state.number());
    for (let left = state.count(); left > 0; left--) {
      const [name, value] = [state.text(), state.text()];
      this.table.add(tableEntry(name, value, this.#wanted.place(name)));
    }
  }

  /** Decodes a whole header block: `bytes` from `start` to `end`. */
  decode(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pos = start;
    this.#end = end;
    this.#size = 0;
    for (let i = 0; i < this.values.length; i++) this.values[i] = undefined;
    if (this.#keepsAll) this.fields = [];
    this.#sizeUpdates();
    while (this.#pos < end) this.#field();
    this.#bytes = scratch;
  }

  /** The dynamic table's entry or the static table's with this index (RFC 7541 section 2.3.3). */
  #entry(index: number): TableEntry {
    const { statics } = this.#wanted;
    const entry = index <= statics.length ? statics[index - 1] : this.table.at(index - statics.length - 1);
    return entry ?? malformed('an index without an entry');
  }

  /** They come at a block's beginning alone (RFC 7541 section 4.2). */
  #sizeUpdates(): void {
    while (((this.#bytes[this.#pos] ?? 0) & 0xe0) === 0x20 && this.#pos < this.#end) {
      const size = this.#integer(0x1f);
      if (size > this.#allowed) malformed('a table larger than was allowed');
      if (size > limits.table) beyond('a large table');
      this.table.resize(size);
      if (size <= this.#limit) this.#mustShrink = false;
    }
    if (this.#mustShrink) malformed('a table that was not shrunk');
  }

  #field(): void {
    const first = this.#bytes[this.#pos] ?? 0;
    if (first >= 0x80) {
      const entry = this.#entry(this.#integer(0x7f));
      this.#count(entry.size);
      if (entry.wanted >= 0) this.#found(entry.wanted, entry.value);
      if (this.#keepsAll) this.fields.push([entry.name, entry.value]);
    } else if (first >= 0x40) this.#indexedLiteral();
    else if (first >= 0x20) malformed('a size update behind a field');
    else this.#literal();
  }

  #indexedLiteral(): void {
    const index = this.#integer(0x3f);
    const entry = index === 0 ? this.#newNamed() : this.#named(index);
    this.#count(entry.size);
    this.table.add(entry);
    if (entry.wanted >= 0) this.#found(entry.wanted, entry.value);
    if (this.#keepsAll) this.fields.push([entry.name, entry.value]);
  }

  #newNamed(): TableEntry {
    const name = this.#text();
    return tableEntry(name, this.#text(), this.#wanted.place(name));
  }

  /** A field whose name has this index; the same as the last one of that name where its value is the same again. */
  #named(index: number): TableEntry {
    const { recent } = this.#wanted;
    const last = recent[index];
    const value = this.#text(last?.value);
    if (last !== undefined && last.value === value) return last;
    const { name, wanted } = this.#entry(index);
    const entry = tableEntry(name, value, wanted);
    if (index < recent.length && value.length <= longestRecent) recent[index] = entry;
    return entry;
  }

  /** A literal that does not enter the table: nobody may have asked for it. */
  #literal(): void {
    const index = this.#integer(0x0f);
    const from = this.#pos;
    const wanted = index === 0 ? this.#skipName() : this.#entry(index).wanted;
    if (wanted < 0 && !this.#keepsAll) {
      this.#pos = this.#stringEnd();
      this.#count(this.#pos - from + 32);
      return;
    }
    this.#pos = from;
    const { name, value, size } = index === 0 ? this.#newNamed() : this.#named(index);
    this.#count(size);
    if (wanted >= 0) this.#found(wanted, value);
    if (this.#keepsAll) this.fields.push([name, value]);
  }

  #found(place: number, value: string): void {
    const before = this.values[place];
    this.values[place] = before === undefined ? value : `${before}\n${value}`;
  }

  #count(size: number): void {
    this.#size += size;
    if (this.#size > limits.fieldList) beyond('a header block that spells out too much');
  }

  /** A number with a prefix of the bits of `mask` (RFC 7541 section 5.1). */
  #integer(mask: number): number {
    const bytes = this.#bytes;
    let value = (bytes[this.#pos++] ?? 0) & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#pos >= this.#end) malformed('a number that is cut off');
      const octet = bytes[this.#pos++] ?? 0;
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    return malformed('a number without an end');
  }

  /** Goes to a string's octets; answers where they end. */
  #stringEnd(): number {
    if (this.#pos >= this.#end) malformed('a string that is not there');
    const length = this.#integer(0x7f);
    const end = this.#pos + length;
    return end <= this.#end ? end : malformed('a string that is cut off');
  }

  /** A string; `likely` itself where it is that: nothing is made then. */
  #text(likely?: string): string {
    const isCoded = (this.#bytes[this.#pos] ?? 0) >= 0x80;
    const end = this.#stringEnd();
    const start = this.#pos;
    this.#pos = end;
    if (!isCoded) return textOf(this.#bytes, start, end, likely);
    const room = Math.ceil(((end - start) * 8) / 5);
    if (scratch.length < room) scratch = Buffer.allocUnsafeSlow(room * 2);
    const length = decodeHuffman(this.#bytes, start, end, scratch);
    return length < 0 ? malformed('a string that is not Huffman-coded') : textOf(scratch, 0, length, likely);
  }

  #skipName(): number {
    const isCoded = (this.#bytes[this.#pos] ?? 0) >= 0x80;
    const end = this.#stringEnd();
    const place = this.#wanted.placeOf(this.#bytes, this.#pos, end, isCoded);
    this.#pos = end;
    return place;
  }
}

function textOf(bytes: Buffer, start: number, end: number, likely: string | undefined): string {
  const isLikely = likely !== undefined && spells(likely, bytes, start, end);
  return isLikely ? likely : bytes.toString('latin1', start, end);
}

function spells(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
