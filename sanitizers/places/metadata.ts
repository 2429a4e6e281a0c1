import type { HeaderField } from '../../tape/exchange.ts';
import {
  decodeBinary,
  decodeStatusMessage,
  encodeBinary,
  encodeStatusMessage,
} from '../../wire/grpc/metadata.ts';
import { textOf } from '../../wire/protobuf/guess.ts';
import { rpcStatusName, type Schemas } from '../../wire/protobuf/schema.ts';
import type { TextScrubber } from '../text-scrubber.ts';
import { scrubBinary } from './binary.ts';
import { scrubFields } from './fields.ts';
import { scrubMessage } from './message.ts';

const empty = new Uint8Array();
const details = 'grpc-status-details-bin';

/**
 * Scrubs the metadata of a call: as any head's fields, and what those write in an encoding of their own (`-bin` fields
 * in base64, the status message in percent escapes) as what it says. A binary value that cannot be scrubbed is left out.
 */
export function scrubMetadata(
  fields: readonly HeaderField[],
  schemas: Schemas,
  texts: TextScrubber,
): readonly HeaderField[] {
  return scrubFields(fields, texts).map(([name, value, ...separator]): HeaderField => {
    const lower = name.toLowerCase();
    if (lower === 'grpc-message') return [name, scrubStatusMessage(value, texts), ...separator];
    return lower.endsWith('-bin')
      ? [name, scrubBinaryField(lower, value, schemas, texts), ...separator]
      : [name, value, ...separator];
  });
}

/** Scrubs the frame that holds the trailers of a gRPC-Web response: lines as HTTP/1 has them. */
export function scrubTrailerFrame(
  bytes: Uint8Array,
  schemas: Schemas,
  texts: TextScrubber,
): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const lines = text.split('\r\n');
  const made: string[] = [];
  for (const line of lines) {
    const [, name, separator, value] = /^([^:\s]+)(:\s*)(.*)$/.exec(line) ?? [];
    if (line === '') made.push('');
    else if (name === undefined || separator === undefined || value === undefined) return undefined;
    else {
      const fields = scrubMetadata([[name, value, separator]], schemas, texts);
      made.push(...fields.map(([own, content, between = ': ']) => own + between + content));
    }
  }
  const whole = made.join('\r\n');
  return whole === text ? bytes : Buffer.from(whole, 'latin1');
}

function scrubStatusMessage(value: string, texts: TextScrubber): string {
  const text = decodeStatusMessage(value);
  const made = texts.value(text, { kind: 'header', name: 'grpc-message' });
  return made === text ? value : encodeStatusMessage(made);
}

function scrubBinaryField(name: string, value: string, schemas: Schemas, texts: TextScrubber): string {
  const values = decodeBinary(value);
  if (values === undefined) return value;
  const made = values.map((bytes) => scrubValue(name, bytes, schemas, texts) ?? empty);
  if (made.every((bytes, at) => Buffer.compare(bytes, values[at] ?? empty) === 0)) return value;
  return made.map((bytes) => encodeBinary(bytes, value)).join(',');
}

function scrubValue(
  name: string,
  bytes: Uint8Array,
  schemas: Schemas,
  texts: TextScrubber,
): Uint8Array | undefined {
  if (name === details) return scrubStatus(bytes, schemas, texts);
  const place = { kind: 'header', name: name.slice(0, -'-bin'.length) } as const;
  const text = textOf(bytes);
  if (text !== undefined) return Buffer.from(texts.value(text, place), 'utf8');
  return scrubMessage(bytes, undefined, schemas, texts.value) ?? scrubBinary(bytes, place, texts.value);
}

/** A `google.rpc.Status`: its details are messages that tell their type, whose schema may be known. */
function scrubStatus(bytes: Uint8Array, schemas: Schemas, texts: TextScrubber): Uint8Array | undefined {
  return scrubMessage(bytes, schemas.messages.get(rpcStatusName), schemas, texts.value);
}
