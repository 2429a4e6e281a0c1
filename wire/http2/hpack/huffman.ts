import { codeLengths, codes, endOfString } from './huffman-code.ts';

/*
 * Decodes by tables of 256 entries, one for each octet of a code's beginning. An entry is a leaf (the symbol, and how
 * many of these eight bits belong to it) or the place of the table for the next octet.
 */
const leaf = 1 << 16;
const tables = buildTables();

/** Decodes `bytes` from `start` to `end` into `out`; answers the number of octets, -1 where that is no valid coding. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let window = 0;
  let bits = 0;
  let table = 0;
  let length = 0;
  /** Bits since the last symbol's end. */
  let open = 0;
  for (let pos = start; pos < end; pos++) {
    window = ((window << 8) | (bytes[pos] ?? 0)) & 0xffff;
    bits += 8;
    open += 8;
    while (bits >= 8) {
      const entry = tables[table + ((window >> (bits - 8)) & 0xff)] ?? 0;
      if (entry < leaf) {
        if (entry === 0) return -1;
        table = entry;
        bits -= 8;
      } else {
        out[length++] = entry & 0xff;
        bits -= (entry >> 8) & 0xff;
        open = bits;
        table = 0;
      }
    }
  }
  return finish(window, bits, table, open, length, out);
}

/** The last bits: symbols of under eight bits, and then ones up to the octet's end, fewer than eight of them. */
function finish(
  window: number,
  bitsLeft: number,
  tableAt: number,
  opened: number,
  decoded: number,
  out: Uint8Array,
): number {
  let [bits, table, open, length] = [bitsLeft, tableAt, opened, decoded];
  while (bits > 0) {
    const entry = tables[table + ((window << (8 - bits)) & 0xff)] ?? 0;
    const its = (entry >> 8) & 0xff;
    if (entry < leaf || its > bits) break;
    out[length++] = entry & 0xff;
    bits -= its;
    open = bits;
    table = 0;
  }
  const ones = (1 << bits) - 1;
  return open < 8 && (window & ones) === ones ? length : -1;
}

/** The Huffman coding of text of one octet a character (latin1). */
export function encodeHuffman(text: string): Uint8Array {
  const out: number[] = [];
  let window = 0;
  let bits = 0;
  const put = (code: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit--) {
      window = (window << 1) | ((code >> bit) & 1);
      if (++bits < 8) continue;
      out.push(window);
      [window, bits] = [0, 0];
    }
  };
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    put(codes[symbol] ?? 0, codeLengths[symbol] ?? 0);
  }
  while (bits > 0) put(1, 1);
  return Uint8Array.from(out);
}

/** An entry that is 0 is reached by no symbol: EOS has no place in a coding. */
function buildTables(): Uint32Array {
  const built: number[] = new Array(256).fill(0);
  for (let symbol = 0; symbol < endOfString; symbol++) {
    const code = codes[symbol] ?? 0;
    let left = codeLengths[symbol] ?? 0;
    let table = 0;
    while (left > 8) {
      const at = table + ((code >> (left - 8)) & 0xff);
      if (built[at] === 0) {
        built[at] = built.length;
        for (let i = 0; i < 256; i++) built.push(0);
      }
      table = built[at] ?? 0;
      left -= 8;
    }
    const first = (code << (8 - left)) & 0xff;
    for (let i = 0; i < 1 << (8 - left); i++) built[table + first + i] = leaf | (left << 8) | symbol;
  }
  return Uint32Array.from(built);
}
