import type { Schemas } from '../../wire/protobuf/schema.ts';
import type { ScrubText } from '../text-scrubber.ts';
import { scrubMessage } from './message.ts';

/**
 * Scrubs the JSON of a Connect error, or of what ends a Connect stream: by `scrubJson`, and its details, which hold messages in
 * base64, as those. Undefined where it, or a detail, cannot be read.
 */
export function scrubError(
  bytes: Uint8Array,
  scrubJson: (bytes: Uint8Array) => Uint8Array | undefined,
  schemas: Schemas,
  scrub: ScrubText,
): Uint8Array | undefined {
  const json = scrubJson(bytes);
  if (json === undefined) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  let made = Buffer.from(json).toString('utf8');
  let hit = false;
  for (const { type, value } of detailsIn(text)) {
    const message = Buffer.from(value, 'base64');
    const scrubbed = scrubMessage(message, schemas.messages.get(type), schemas, scrub);
    if (scrubbed === undefined) return undefined;
    if (scrubbed === message) continue;
    // As JSON the value is one opaque string, which stands there as it was, unless a name gave it away.
    hit = true;
    made = made.replace(JSON.stringify(value), () => JSON.stringify(unpadded(scrubbed)));
  }
  return hit ? Buffer.from(made, 'utf8') : json;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function detailsIn(text: string): readonly { readonly type: string; readonly value: string }[] {
  const whole = parsed(text);
  const error = isRecord(whole) && isRecord(whole.error) ? whole.error : whole;
  const details = isRecord(error) && Array.isArray(error.details) ? error.details : [];
  return details.flatMap((detail: unknown) =>
    isRecord(detail) && typeof detail.type === 'string' && typeof detail.value === 'string'
      ? [{ type: detail.type, value: detail.value }]
      : [],
  );
}

/** What JSON says; undefined for several values behind each other, which are no error. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
