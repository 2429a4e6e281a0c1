import { isRecord, parsedJson } from '../../program/json.ts';
import type { Schemas } from '../../wire/protobuf/schema.ts';
import type { ScrubText } from '../text-scrubber.ts';
import { scrubJson } from './json.ts';
import { scrubMessage } from './message.ts';

/**
 * Scrubs the JSON of a Connect error, or of what ends a Connect stream: its details, which hold messages in base64, as
 * those, and the whole by `asJson`. Undefined where it, or a detail, cannot be read.
 */
export function scrubError(
  bytes: Uint8Array,
  asJson: (bytes: Uint8Array) => Uint8Array | undefined,
  schemas: Schemas,
  scrub: ScrubText,
): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const substitutes = substitutesIn(text, schemas, scrub);
  if (substitutes === undefined) return undefined;
  if (substitutes.size === 0) return asJson(bytes);
  const made = withSubstitutes(text, substitutes);
  return made === undefined ? undefined : asJson(Buffer.from(made, 'utf8'));
}

/** What is to stand for the details in which something was hit; undefined where one cannot be read. */
function substitutesIn(
  text: string,
  schemas: Schemas,
  scrub: ScrubText,
): ReadonlyMap<string, string> | undefined {
  const substitutes = new Map<string, string>();
  for (const { type, value } of detailsIn(text)) {
    // A value that stands there under two types loses what either of them tells to be a secret.
    const message = Buffer.from(substitutes.get(value) ?? value, 'base64');
    const scrubbed = scrubMessage(message, schemas.messages.get(type), schemas, scrub);
    if (scrubbed === undefined) return undefined;
    if (scrubbed !== message) substitutes.set(value, unpadded(scrubbed));
  }
  return substitutes;
}

/**
 * The text with the substitutes in place of what they stand for, however that is spelled: JSON has several spellings of
 * a solidus, a plus or an equals sign. Undefined where one of them has no place.
 */
function withSubstitutes(text: string, substitutes: ReadonlyMap<string, string>): string | undefined {
  const placed = new Set<string>();
  const made = scrubJson(text, (value) => {
    const substitute = substitutes.get(value);
    if (substitute === undefined) return value;
    placed.add(value);
    return substitute;
  });
  return made.state === 'whole' && placed.size === substitutes.size ? made.text : undefined;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function detailsIn(text: string): readonly { readonly type: string; readonly value: string }[] {
  const whole = parsedJson(text);
  const error = isRecord(whole) && isRecord(whole.error) ? whole.error : whole;
  const details = isRecord(error) && Array.isArray(error.details) ? error.details : [];
  return details.flatMap((detail: unknown) =>
    isRecord(detail) && typeof detail.type === 'string' && typeof detail.value === 'string'
      ? [{ type: detail.type, value: detail.value }]
      : [],
  );
}
