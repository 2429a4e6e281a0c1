import type { Place } from '../port.ts';
import { freeText, namesSecret, type ScrubText } from '../text-scrubber.ts';

/**
 * Scrubs a value that is neither text nor a message. Under a secret's name all of it goes, as its base64 would in JSON,
 * so that both spellings of a value have one substitute. Else what a detector finds in its bytes is replaced where the
 * substitute is as long. Undefined where that cannot be done.
 */
export function scrubBinary(bytes: Uint8Array, place: Place, scrub: ScrubText): Uint8Array | undefined {
  if (bytes.length === 0) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (namesSecret(place)) {
    const text = buffer.toString('base64');
    const made = scrub(text, place);
    if (made === text) return bytes;
    const decoded = Buffer.from(made, 'base64');
    return decoded.length === bytes.length ? decoded : undefined;
  }
  const text = buffer.toString('latin1');
  const made = scrub(text, freeText);
  if (made === text) return bytes;
  const spelt = Buffer.from(made, 'latin1');
  return spelt.length === bytes.length && spelt.toString('latin1') === made ? spelt : undefined;
}
