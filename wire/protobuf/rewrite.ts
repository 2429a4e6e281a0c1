import { FieldReader, wireTypes } from './field-reader.ts';
import { writeVarint } from './scalars.ts';

/** What stands in the place of a field's value: new content, or `undefined` for what was there. */
export type Rewrite = (field: FieldReader) => Uint8Array | undefined;

/**
 * A message with some of its values replaced. All else stays byte for byte: fields that nobody knows, their order,
 * varints longer than they need be. The same object where nothing was replaced; undefined where it is no message.
 */
export function rewriteFields(bytes: Uint8Array, rewrite: Rewrite): Uint8Array | undefined {
  const reader = new FieldReader(bytes);
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (;;) {
    const read = reader.advance();
    if (read === 'malformed') return undefined;
    if (read === 'end') break;
    const { type, tag, start, end, next } = reader;
    const made = rewrite(reader);
    if (made === undefined) continue;
    if (type === wireTypes.bytes) {
      pieces.push(bytes.subarray(kept, lengthStart(bytes, tag)), writeVarint(made.length), made);
    } else pieces.push(bytes.subarray(kept, start), made);
    // Behind a group's content stands its end tag, which stays.
    kept = type === wireTypes.group ? end : next;
  }
  if (pieces.length === 0) return bytes;
  pieces.push(bytes.subarray(kept));
  return Buffer.concat(pieces);
}

/** Where the length of a field with content stands: behind its tag. */
function lengthStart(bytes: Uint8Array, tag: number): number {
  let at = tag;
  while ((bytes[at] ?? 0) >= 0x80) at++;
  return at + 1;
}
