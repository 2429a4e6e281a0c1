import type { Finding } from '../port.ts';

const window = 8;
const base = 0x01000193;
const bits = 16;
/** Shorter values are looked for only as the whole of a field, and the shortest not at all. */
const shortestWhole = 6;

let leading = 1;
for (let at = 0; at < window; at++) leading = Math.imul(leading, base);
const lead = leading;

/**
 * The secrets of a tape that a name gave away, so that they are found where no name does: as a whole field anywhere,
 * and inside longer texts where they look random enough to be no word. Search takes time linear in the text
 * (a rolling hash over eight characters, checked against the values that begin so).
 */
export class KnownValues {
  readonly #whole = new Set<string>();
  readonly #byBeginning = new Map<string, { readonly values: Set<string>; readonly lengths: Set<number> }>();
  readonly #filter = new Uint8Array(1 << (bits - 3));

  add(value: string): void {
    if (this.#whole.has(value) || !mayStandAlone(value)) return;
    this.#whole.add(value);
    if (!looksRandom(value)) return;
    const beginning = value.slice(0, window);
    const slot = slotOf(hashOf(beginning));
    this.#filter[slot >> 3] = (this.#filter[slot >> 3] ?? 0) | (1 << (slot & 7));
    const known = this.#byBeginning.get(beginning) ?? { values: new Set(), lengths: new Set() };
    known.values.add(value);
    known.lengths.add(value.length);
    this.#byBeginning.set(beginning, known);
  }

  has(value: string): boolean {
    return this.#whole.has(value);
  }

  /** Where known values stand in a text, not as a part of a longer word; the longest where several begin at once. */
  find(text: string): readonly Finding[] {
    if (this.#byBeginning.size === 0 || text.length < window) return [];
    const found: Finding[] = [];
    let hash = hashOf(text.slice(0, window));
    for (let at = 0; ; at++) {
      const slot = slotOf(hash);
      if (((this.#filter[slot >> 3] ?? 0) >> (slot & 7)) & 1) {
        const end = this.#endOfValueAt(text, at);
        if (end !== undefined && at >= (found.at(-1)?.end ?? 0)) found.push({ start: at, end });
      }
      if (at + window >= text.length) return found;
      hash = Math.imul(hash, base) + text.charCodeAt(at + window) - Math.imul(text.charCodeAt(at), lead);
    }
  }

  #endOfValueAt(text: string, at: number): number | undefined {
    const known = this.#byBeginning.get(text.slice(at, at + window));
    if (known === undefined || (isWord(text[at]) && isWord(text[at - 1]))) return undefined;
    let end: number | undefined;
    for (const length of known.lengths) {
      const stop = at + length;
      if (isWord(text[stop - 1]) && isWord(text[stop])) continue;
      if ((end === undefined || stop > end) && known.values.has(text.slice(at, stop))) end = stop;
    }
    return end;
  }
}

function mayStandAlone(value: string): boolean {
  return value.length >= window || (value.length >= shortestWhole && /\d/.test(value));
}

function looksRandom(value: string): boolean {
  if (value.length < window) return false;
  if (value.length >= 24) return true;
  return /\d/.test(value) && (/[A-Za-z]/.test(value) || value.length >= 10);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{Nd}]/u.test(character);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
  return hash;
}

function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - bits);
}
