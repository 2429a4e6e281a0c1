const reference = /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|commat));/g;
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  commat: '@',
};

/** Undoes character and entity references (XML 1.0 section 4.1, and the common ones of HTML). */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(reference, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Writes references for what markup would take for its own, and for what stood as one in `like`. */
export function encodeReferences(text: string, like: string): string {
  const ascii = like.includes('&#');
  return text.replace(/[&<>"'\u0080-\u{10ffff}]/gu, (character) => {
    if (character > '\u007f') return ascii ? `&#${character.codePointAt(0)};` : character;
    if (character === '&') return '&amp;';
    return like.includes(character) ? character : `&#${character.codePointAt(0)};`;
  });
}
