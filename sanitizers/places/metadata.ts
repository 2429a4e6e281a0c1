import type { HeaderField } from '../../tape/exchange.ts';
import {
  decodeBinary,
  decodeStatusMessage,
  encodeBinary,
  encodeStatusMessage,
} from '../../wire/grpc/metadata.ts';
import { textOf } from '../../wire/protobuf/guess.ts';
import { rpcStatusName, type Schemas } from '../../wire/protobuf/schema.ts';
import { namesSecret, type TextScrubber } from '../text-scrubber.ts';
import { scrubBinary } from './binary.ts';
import { ruledLine, scrubFields, scrubName } from './fields.ts';
import { scrubMessage } from './message.ts';

const empty = new Uint8Array();
const details = 'grpc-status-details-bin';

/** Takes note of bytes that could not be scrubbed and are left out. */
export type LeaveOut = (bytes: number) => void;

/**
 * Scrubs the metadata of a call: as any head's fields, and what those write in an encoding of their own (`-bin` fields
 * in base64, the status message in percent escapes) as what it says. A binary value that cannot be scrubbed is left out.
 */
export function scrubMetadata(
  fields: readonly HeaderField[],
  schemas: Schemas,
  texts: TextScrubber,
  leaveOut: LeaveOut,
): readonly HeaderField[] {
  return scrubFields(fields, texts, (field) => {
    const lower = field[0].toLowerCase();
    if (lower === 'grpc-message') return scrubStatusMessage(field, texts);
    return lower.endsWith('-bin') ? scrubBinaryField(field, schemas, texts, leaveOut) : undefined;
  });
}

/** Scrubs the frame that holds the trailers of a gRPC-Web response: lines as HTTP/1 has them. */
export function scrubTrailerFrame(
  bytes: Uint8Array,
  schemas: Schemas,
  texts: TextScrubber,
  leaveOut: LeaveOut,
): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const lines = text.split('\r\n');
  const made: string[] = [];
  for (const line of lines) {
    const [, name, separator, value] = /^([^:\s]+)(:\s*)(.*)$/.exec(line) ?? [];
    if (line === '') made.push('');
    else if (name === undefined || separator === undefined || value === undefined) return undefined;
    else {
      const fields = scrubMetadata([[name, value, separator]], schemas, texts, leaveOut);
      made.push(...fields.map(([own, content, between = ': ']) => own + between + content));
    }
  }
  const whole = made.join('\r\n');
  return whole === text ? bytes : Buffer.from(whole, 'latin1');
}

function scrubStatusMessage(
  [name, value, ...separator]: HeaderField,
  texts: TextScrubber,
): readonly HeaderField[] {
  const text = decodeStatusMessage(value);
  return scrubFields([[name, text, ...separator]], texts).map(([madeName, made, ...between]) => [
    madeName,
    made === text ? value : encodeStatusMessage(made),
    ...between,
  ]);
}

/** Undefined where the value is no base64. What a rule wrote is text, before it is base64. */
function scrubBinaryField(
  [name, value, ...separator]: HeaderField,
  schemas: Schemas,
  texts: TextScrubber,
  leaveOut: LeaveOut,
): readonly HeaderField[] | undefined {
  const line = ruledLine(name, value, texts);
  if (line === undefined) return [];
  const given = line.text === value ? value : texts.fieldValue(line.name, line.text, line.kept);
  const values = decodeBinary(given);
  if (values === undefined) return given === value ? undefined : [[line.name, given, ...separator]];
  const lower = line.name.toLowerCase();
  const made = values.map((bytes) => {
    const scrubbed = scrubValue(lower, bytes, schemas, texts);
    if (scrubbed === undefined) leaveOut(bytes.length);
    return scrubbed ?? empty;
  });
  const same = made.every((bytes, at) => Buffer.compare(bytes, values[at] ?? empty) === 0);
  const text = same ? given : made.map((bytes) => encodeBinary(bytes, given)).join(',');
  return [[scrubName(line.name, texts), text, ...separator]];
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
  const read = namesSecret(place) ? undefined : scrubMessage(bytes, undefined, schemas, texts.value);
  return read ?? scrubBinary(bytes, place, texts.value);
}

/** A `google.rpc.Status`: its details are messages that tell their type, whose schema may be known. */
function scrubStatus(bytes: Uint8Array, schemas: Schemas, texts: TextScrubber): Uint8Array | undefined {
  return scrubMessage(bytes, schemas.messages.get(rpcStatusName), schemas, texts.value);
}
