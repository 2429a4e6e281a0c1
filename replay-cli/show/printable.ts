/** What a terminal would act on: control characters, and those that turn the direction of text. */
const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text of a tape made harmless for a terminal: control characters are written as `\x1b`. */
export function printable(text: string): string {
  return text.replace(controls, escaped);
}

/** Likewise for text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(controls, (character) =>
      character === '\n' || character === '\t' ? character : escaped(character),
    );
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
}
