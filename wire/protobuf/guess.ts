import { isMessage } from './field-reader.ts';

/** What the content of a field looks like where no schema tells. */
export type Guess =
  | { readonly kind: 'text'; readonly text: string; readonly alsoMessage: boolean }
  | { readonly kind: 'message' }
  | { readonly kind: 'bytes' };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/**
 * Text where it is UTF-8 with no control characters, else a message where it is one, else bytes. A message whose first
 * field is 1 begins with what would be a tab or a line's end: text that begins so and is a message as well is a message.
 */
export function guessContent(content: Uint8Array): Guess {
  const text = textOf(content);
  const message = content.length > 0 && isMessage(content);
  if (text !== undefined && !(message && /^[\t\n\r]/.test(text)))
    return { kind: 'text', text, alsoMessage: message };
  return { kind: message ? 'message' : 'bytes' };
}

/** The text that the bytes are; undefined where they are none that people write. */
export function textOf(content: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(content);
    return control.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
